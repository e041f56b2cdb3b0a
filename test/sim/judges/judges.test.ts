// The ready oracles in worlds: what they let pass, what they find, and what they say.
import { describe, expect, test } from 'vitest';
import {
  createWorld,
  eventually,
  invariant,
  linearizable,
  seededDecisions,
  plainDecisions,
  NEVER,
  type CallNote,
  type Machine,
  type Oracle,
  type Violation,
  type World,
} from '../../../src/sim/millrace-sim.ts';
import type { Recorded } from '../toys/recorder.ts';
import { MS, worldOf } from '../toys/worlds.ts';
import type { Script } from '../toys/recorder.ts';

function textsOf(violations: readonly Violation[]): readonly (readonly [string, string])[] {
  return violations.map(({ rule, text }) => [rule, text]);
}

describe('an invariant', () => {
  /** Counts its messages, of which `b` gets one each 10 ms. */
  const sender: Script = (state, input, out) => {
    if (input.kind === 'start') out.send('b', 'note', 1);
    if (input.kind === 'wake') out.send('b', 'note', state.memory);
    state.memory += 1;
    state.wakeAt = input.now + 10;
  };
  const receiver: Script = (state, input) => {
    if (input.kind === 'message') state.memory += 1;
  };

  test('is looked at after each step, and told once, with what broke it', () => {
    const few = invariant<Recorded>('few', (nodes) =>
      nodes.at('b').state.memory < 3 ? null : `b has ${nodes.at('b').state.memory}`,
    );
    const world = worldOf({ a: sender, b: receiver }, { oracles: [few] });
    world.run({ untilUs: 100 * MS });
    expect(world.finish()).toMatchObject([
      { oracle: 'few', rule: 'does-not-hold', property: 'safety', text: 'b has 3', at: 21 * MS },
    ]);
    expect(world.violations[0]?.evidence.map(({ text }) => text)).toEqual(['it held before b took note from a']);
  });

  test('sees who lives, and the service', () => {
    const seen = new Set<string>();
    const look = invariant('look', ({ all, live, service, now }) => {
      if (now > 0) seen.add(`${all.length} ${live.map(({ address }) => address).join()} ${typeof service('counter')}`);
      return null;
    });
    const world = worldOf({ a: sender, b: receiver }, { oracles: [look] });
    world.run({ untilUs: 50 * MS });
    world.controls.crash('b', 30 * MS);
    world.run({ untilUs: 100 * MS });
    expect(seen).toEqual(new Set(['2 a,b object', '2 a object']));
    expect(world.finish()).toEqual([]);
  });

  test('that asks for a node that is not there is a mistake of the guest', () => {
    const wrong = invariant('wrong', (nodes) => (nodes.at('z').isGone ? 'gone' : null));
    const world = worldOf({ a: sender, b: receiver }, { oracles: [wrong] });
    expect(() => world.run()).toThrow('there is no node at address z');
  });
});

describe('eventually', () => {
  const counting: Script = (state, input) => {
    state.memory += 1;
    state.wakeAt = input.now + 100;
  };
  const reaches = (count: number, withinMs: number, from: 'faults-stopped' | 'always' = 'faults-stopped'): Oracle =>
    eventually<Recorded>('reaches', {
      withinMs,
      from,
      holds: (nodes) => nodes.at('a').state.memory >= count,
    });

  function played(oracle: Oracle, untilMs = 2_000): readonly Violation[] {
    const world = worldOf({ a: counting }, { oracles: [oracle] });
    world.run({ untilUs: 500 * MS });
    world.stopFaults();
    world.run({ untilUs: untilMs * MS });
    return world.finish();
  }

  test('is content with what holds in time, counted from when faults stopped', () => {
    expect(played(reaches(10, 450))).toEqual([]);
    expect(textsOf(played(reaches(10, 350)))).toEqual([['late', 'it did not hold within 350 ms']]);
    expect(played(reaches(10, 350))[0]).toMatchObject({ property: 'liveness', at: 900 * MS });
  });

  test('is not content with a run that ends before', () => {
    expect(textsOf(played(reaches(100, 5_000)))).toEqual([
      ['never', 'it never held after faults stopped until the run ended'],
    ]);
  });

  test('always: never false for longer than the bound', () => {
    expect(played(reaches(5, 450, 'always'))).toEqual([]);
    expect(textsOf(played(reaches(6, 450, 'always')))).toEqual([['late', 'it did not hold within 450 ms']]);
    const even = (withinMs: number): Oracle =>
      eventually<Recorded>('even', {
        withinMs,
        from: 'always',
        holds: (nodes) => nodes.at('a').state.memory % 4 === 0,
      });
    expect(played(even(450))).toEqual([]);
    expect(textsOf(played(even(250)))).toEqual([['late', 'it did not hold within 250 ms']]);
  });
});

interface Storing {
  readonly bodies: {
    readonly ask: { readonly call: number; readonly write: number | null };
    readonly tell: { readonly call: number; readonly value: number };
    readonly copy: { readonly value: number };
  };
  readonly request: never;
  readonly answer: never;
  readonly note: CallNote<Operation, number>;
}

/** Null: read. */
interface Operation {
  readonly write: number | null;
}

interface Client {
  next: number;
  wakeAt: number;
}

/** Asks one of its servers for one thing after the other: writes and reads by turns, or reads alone. */
function client(servers: readonly string[], writes: boolean): Machine<Client, Storing> {
  return {
    role: 'client',
    create: () => ({ next: 0, wakeAt: NEVER }),
    step(state, input, out) {
      if (input.kind === 'message' && input.message.kind === 'tell')
        out.note({ kind: 'returned', call: input.message.body.call, result: input.message.body.value });
      if (input.kind !== 'start' && input.kind !== 'wake') return;
      state.next += 1;
      const operation = { write: writes && state.next % 2 === 0 ? state.next : null };
      out.note({ kind: 'called', call: state.next, operation });
      out.send(servers[out.pick('server', servers.length)] as string, 'ask', { call: state.next, ...operation });
      state.wakeAt = input.now + 5;
    },
    wakeAt: (state) => state.wakeAt,
    hasWork: () => false,
    checkInvariants: () => {},
  };
}

/** Keeps a number, and tells the other server of it, late. */
function server(other: string | null): Machine<{ value: number }, Storing> {
  return {
    role: 'server',
    create: () => ({ value: 0 }),
    step(state, input, out) {
      if (input.kind !== 'message' || input.message.kind === 'tell') return;
      const { message } = input;
      if (message.kind === 'copy') state.value = message.body.value;
      if (message.kind !== 'ask') return;
      const { call, write } = message.body;
      if (write !== null) state.value = write;
      if (write !== null && other !== null) out.send(other, 'copy', { value: write });
      out.send(message.from, 'tell', { call, value: state.value });
    },
    wakeAt: () => NEVER,
    hasWork: () => false,
    checkInvariants: () => {},
  };
}

const oneNumber = linearizable<number, Operation, number>({
  model: {
    init: 0,
    step(value, { write }, result) {
      const after = write ?? value;
      return result === undefined || result === after ? after : null;
    },
    describe: ({ write }, result) => `${write === null ? 'read' : `write ${write}`} → ${result ?? '?'}`,
  },
});

function storing(servers: readonly string[], seed: number): World {
  const latency = { latencyUs: 500, jitterUs: 8_000 };
  return createWorld({
    decisions: seededDecisions(seed),
    nodes: [
      { address: 'x', machine: server(servers.length > 1 ? 'y' : null) },
      { address: 'y', machine: server('x') },
      { address: 'writer', machine: client(['x'], true) },
      { address: 'reader', machine: client(servers, false) },
    ],
    network: { control: latency, data: latency },
    oracles: [oneNumber],
  });
}

describe('linearizable', () => {
  test('lets one server pass, also when clients and their answers are lost', () => {
    for (let seed = 0; seed < 20; seed++) {
      const world = storing(['x'], seed);
      for (let at = 50; at < 500; at += 50) {
        world.run({ untilUs: at * MS });
        world.controls.crash(at % 100 === 0 ? 'writer' : 'reader', 7 * MS);
      }
      world.run({ untilUs: 500 * MS });
      expect(world.finish()).toEqual([]);
    }
  });

  test('finds that a copy is read before it has come, and tells the calls', () => {
    const world = storing(['x', 'y'], 1);
    world.run({ untilUs: 500 * MS });
    const [violation] = world.finish();
    expect(violation).toMatchObject({ oracle: 'linearizable', rule: 'no-order', property: 'safety' });
    expect(violation?.text).toMatch(/^no order of the \d+ calls explains what they were answered$/);
    const lines = violation?.evidence.map(({ text }) => text) ?? [];
    expect(lines[0]).toMatch(/^the longest order explains \d+ calls/);
    expect(lines.some((line) => /^ {2}reader: read → \d+, 0\.\d{6} s to 0\.\d{6} s$/.test(line))).toBe(true);
    expect(lines.find((line) => line.startsWith('then'))).toMatch(/^then the state is \d+, and none of these fits:$/);
    expect(violation?.about[0]).toMatchObject({ kind: 'called' });
  });

  test.each([
    [[{ kind: 'returned', call: 1, result: 0 }], 'not-called'],
    [
      [
        { kind: 'called', call: 1, operation: null },
        { kind: 'called', call: 1, operation: null },
      ],
      'called-twice',
    ],
    [
      [
        { kind: 'called', call: 1, operation: null },
        { kind: 'returned', call: 1, result: 0 },
        { kind: 'returned', call: 1, result: 0 },
      ],
      'returned-twice',
    ],
  ])('says which notes make no history: %j', (notes, rule) => {
    const noting: Script = (_, input, out) => {
      if (input.kind === 'start') for (const note of notes) out.note(note);
    };
    const any = linearizable({ model: { init: null, step: () => null } });
    const world = worldOf({ a: noting }, { oracles: [any], decisions: plainDecisions() });
    world.run();
    expect(world.violations.map((violation) => violation.rule)).toEqual([rule]);
  });

  test('says that it gave up', () => {
    const { model } = { model: { init: 0, step: (value: number, { write }: Operation) => write ?? value } };
    const world = createWorld({
      decisions: seededDecisions(1),
      nodes: [
        { address: 'x', machine: server(null) },
        { address: 'writer', machine: client(['x'], true) },
      ],
      network: { control: { latencyUs: 500, jitterUs: 0 }, data: { latencyUs: 500, jitterUs: 0 } },
      oracles: [linearizable<number, Operation, number>({ model, triesMax: 3 })],
    });
    world.run({ untilUs: 100 * MS });
    expect(world.finish().map(({ rule }) => rule)).toEqual(['undecided']);
  });
});
