// A crash and what belongs to the node alone: its requests take effect at once or never, and what was not synced is lost by decision.
import { describe, expect, test } from 'vitest';
import type { Machine } from '../../src/core/base/machine.ts';
import {
  createWorld,
  durableLog,
  logEntries,
  NEVER,
  seededDecisions,
  tapeDecisions,
  type Decisions,
  type LogAnswer,
  type LogRequest,
  type LogState,
  type Observation,
  type World,
  type WorldOptions,
} from '../../src/sim/millrace-sim.ts';

interface Speaks {
  readonly bodies: object;
  readonly request: LogRequest<number>;
  readonly answer: LogAnswer<number>;
}

interface Writer {
  readonly restored: number[];
  end: number;
}

/** Reads its log at its start, then appends one number after the other and never syncs. */
const writer: Machine<Writer, Speaks> = {
  role: 'writer',
  create: () => ({ restored: [], end: 0 }),
  step(state, input, out) {
    if (input.kind === 'start') out.request(0, { kind: 'log-read', log: 'l', from: 0, limit: null });
    if (input.kind !== 'completed') return;
    const { answer } = input;
    if (answer.kind === 'log-entries') state.restored.push(...answer.entries);
    if (answer.kind === 'log-entries' || answer.kind === 'log-appended') state.end = answer.end;
    const { end } = state;
    out.request(end + 1, { kind: 'log-append', log: 'l', at: end, entries: [end], sync: false });
  },
  wakeAt: () => NEVER,
  hasWork: () => false,
  checkInvariants: () => {},
};

function worldOf(decisions: Decisions, options: Partial<WorldOptions> = {}): World {
  const none = { latencyUs: 0, jitterUs: 0 };
  return createWorld({
    decisions,
    nodes: ['a', 'b'].map((address) => ({ address, machine: writer })),
    services: [durableLog<number>()],
    serviceLatency: { log: { latencyUs: 1_000, jitterUs: 0 } },
    network: { control: none, data: none },
    ...options,
  });
}

function logOf(world: World, node: string): readonly number[] {
  return logEntries(world.view.service('log') as LogState<number>, node, 'l');
}

function restored(world: World, node: string): readonly number[] {
  const state = world.view.node(node)?.state as Writer | undefined;
  return state?.restored ?? [];
}

describe('a crash', () => {
  test('by plain choice loses nothing, and what was on its way has happened before the node is back', () => {
    const world = worldOf(tapeDecisions([]));
    world.run({ untilUs: 6_500 }); // 0 and 1 were appended, 2 is on its way
    expect(logOf(world, 'a')).toEqual([0, 1]);
    world.controls.crash('a', 0);
    expect(logOf(world, 'a')).toEqual([0, 1, 2]);
    world.run({ untilUs: 9_000 });
    expect(restored(world, 'a')).toEqual([0, 1, 2]);
  });

  test('loses what was not synced, by decisions of the node and service alone', () => {
    const world = worldOf(
      tapeDecisions([
        { stream: 'crash/a/log/request', index: 0, value: 1 },
        { stream: 'torn/log/a/l', index: 0, value: 1 },
      ]),
    );
    world.run({ untilUs: 6_500 });
    world.controls.crash('a', 100);
    expect(logOf(world, 'a')).toEqual([0]);
    expect(logOf(world, 'b')).toEqual([0, 1]);
    world.run({ untilUs: 9_000 });
    expect(restored(world, 'a')).toEqual([0]);
  });

  test('shows observers what was lost', () => {
    const seen: Observation[] = [];
    const oracle = {
      name: 'torn',
      create: () => null,
      observe: (_: null, observation: Observation) => void (observation.kind === 'torn' && seen.push(observation)),
      finish: () => {},
    };
    const world = worldOf(tapeDecisions([{ stream: 'torn/log/a/l', index: 0, value: 2 }]), { oracles: [oracle] });
    world.run({ untilUs: 6_500 });
    world.controls.crash('a', 100);
    world.controls.crash('b', 100);
    expect(seen).toEqual([{ kind: 'torn', node: 'a', service: 'log', lost: 'log l lost its last 2 changes' }]);
  });

  test('of a process alone leaves all that it wrote, and asks nothing of its disk', () => {
    for (let seed = 0; seed < 50; seed++) {
      const world = worldOf(seededDecisions(seed));
      world.run({ untilUs: 6_500 });
      world.controls.crash('a', 100, 'kept');
      expect(logOf(world, 'a').slice(0, 2)).toEqual([0, 1]);
      expect(world.tape().filter(({ stream }) => stream.startsWith('torn/'))).toEqual([]);
    }
  });

  test('leaves alone the disk of a process that ends by itself', () => {
    const world = worldOf(seededDecisions(1), {
      nodes: [
        {
          address: 'a',
          machine: {
            ...writer,
            step(state: Writer, input, out) {
              writer.step(state, input, out);
              if (state.end === 3) out.halt('enough');
            },
          } as typeof writer,
          restartAfterHaltUs: 10,
        },
      ],
    });
    world.run({ untilUs: 20_000 });
    expect(world.tape().filter(({ stream }) => stream.startsWith('torn/'))).toEqual([]);
    expect(restored(world, 'a').slice(0, 3)).toEqual([0, 1, 2]);
  });

  test('nothing of a dead process is ever applied later to its disk', () => {
    for (let seed = 0; seed < 200; seed++) {
      const world = worldOf(seededDecisions(seed), { lateApplyUs: 50_000 });
      world.run({ untilUs: 6_500 });
      world.controls.crash('a', 20_000);
      const left = logOf(world, 'a');
      world.run({ untilUs: 26_000 });
      expect(logOf(world, 'a')).toEqual(left);
    }
  });

  test('is the same with the same decisions, in a fork and on the tape', () => {
    const play = (decisions: Decisions): World => {
      const world = worldOf(decisions);
      world.run({ untilUs: 6_500 });
      world.controls.crash('a', 100);
      return world;
    };
    for (let seed = 0; seed < 20; seed++) {
      const world = play(seededDecisions(seed));
      const taped = play(tapeDecisions(world.tape()));
      const fork = world.fork();
      for (const each of [world, taped, fork]) each.run({ untilUs: 30_000 });
      expect([taped.hash(), fork.hash()]).toEqual([world.hash(), world.hash()]);
    }
  });
});
