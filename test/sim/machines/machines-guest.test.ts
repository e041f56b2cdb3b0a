// A user's machines as a guest: runs, verdicts, faults, options, and what no machine may do.
import { describe, expect, test } from 'vitest';
import type { RunRequest } from '../../../src/sim/guest.ts';
import type { MachinesRunResult } from '../../../src/sim/machines/machine-run.ts';
import { machinesGuest } from '../../../src/sim/machines/machines-guest.ts';
import type { MachinesScenario } from '../../../src/sim/machines/scenario.ts';
import { runGuest, runInPieces } from '../../../src/sim/run-guest.ts';
import { seededDecisions } from '../../../src/sim/seeded-decisions.ts';
import type { StoryEvent } from '../../../src/sim/story.ts';
import { tapeDecisions } from '../../../src/sim/tape-decisions.ts';
import { countingScenario } from '../../cli/planted/machines/counting.ts';
import { sinnerScenario, type Sin } from '../../cli/planted/machines/broken-machine.ts';
import { scenario as endless } from '../../cli/planted/machines/endless-machine.ts';
import { toTheEnd } from '../../../src/cli/standstill.ts';
import { scenario as right } from '../../cli/planted/machines/counter.ts';

const buggy = countingScenario('counter-adds-twice', { addsTwice: true });

function run(scenario: MachinesScenario, seed: number, given: Partial<RunRequest> = {}): MachinesRunResult {
  const request: RunRequest = { decisions: seededDecisions(seed), set: {}, faults: 'scenario', checks: 'checked' };
  return runGuest(machinesGuest(scenario, 'file.ts'), { ...request, ...given });
}

const seeds = Array.from({ length: 60 }, (_, at) => at + 1);

test('the right one passes, and was struck', () => {
  const results = seeds.map((seed) => run(right, seed));
  expect(results.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
  const struck = new Set(results.flatMap(({ faults }) => Object.keys(faults)));
  expect([...struck].sort()).toEqual(['message-delay', 'pause']);
  expect(new Set(results.map(({ traceHash }) => traceHash)).size).toBeGreaterThan(50);
});

test('the bug is found by its oracle', () => {
  const failed = seeds.map((seed) => run(buggy, seed)).filter(({ verdict }) => verdict !== 'pass');
  expect(failed.length).toBeGreaterThan(5);
  for (const { verdict, oracles, ways } of failed) {
    expect(verdict).toBe('correctness');
    expect(oracles['no-more']).toMatch(/^the counter says \d+, and clients added at most \d+$/);
    expect(ways[0]).toMatchObject({ judge: 'no-more', rule: 'too-much' });
  }
});

test('a run repeats from its seed, from its tape, and however it is looked at', () => {
  const decisions = seededDecisions(3);
  const { traceHash, events } = run(buggy, 3, { decisions });
  const lines: string[] = [];
  expect(run(buggy, 3).traceHash).toBe(traceHash);
  expect(run(buggy, 3, { decisions: tapeDecisions(decisions.tape()) }).traceHash).toBe(traceHash);
  expect(run(buggy, 3, { onTrace: (line) => lines.push(line) }).traceHash).toBe(traceHash);
  expect(run(buggy, 3, { checks: 'strict' }).traceHash).toBe(traceHash);
  expect(run(buggy, 3, { onStory: () => {} }).traceHash).toBe(traceHash);
  expect(lines.length).toBeGreaterThan(events);
});

test('a bare run goes the same way, and nobody judges it', () => {
  const bare = run(right, 5, { checks: 'bare' });
  const checked = run(right, 5);
  expect(bare).toMatchObject({ verdict: 'pass', traceHash: '', events: checked.events, oracles: {} });
});

test('what is drawn, set, and asked for', () => {
  const drawn = run(right, 1).drawn as { networkJitterUs: number };
  expect(drawn.networkJitterUs).toBeGreaterThanOrEqual(200);
  expect(run(right, 1, { set: { networkJitterUs: 7, runMs: 5 } }).drawn).toMatchObject({
    networkJitterUs: 7,
    runMs: 5,
  });
  const none = seeds.map((seed) => run(right, seed, { faults: [] }));
  expect(none.flatMap(({ faultLog }) => faultLog)).toEqual([]);
  const only = seeds.map((seed) => run(right, seed, { faults: ['connection-break'] }));
  expect([...new Set(only.flatMap(({ faults }) => Object.keys(faults)))]).toEqual(['connection-break']);
});

test('nodes, services and oracles may depend on what a run has drawn', () => {
  const { nodes } = right;
  const picked: number[] = [];
  const made: MachinesScenario = {
    ...right,
    nodes: ({ options, pick }) => {
      picked.push(pick('clients', 100));
      expect(options['unused']).toBeGreaterThan(0);
      return nodes as Exclude<typeof nodes, (...given: never) => unknown>;
    },
  };
  for (const seed of seeds) expect(run(made, seed).verdict).toBe('pass');
  expect(new Set(picked).size).toBeGreaterThan(10);
  const twice: MachinesScenario = { ...right, nodes: () => [right.nodes, right.nodes].flat() as never };
  expect(() => run(twice, 1)).toThrow('scenario "counter": nodes: two of them have the address "counter"');
  const none: MachinesScenario = { ...right, nodes: () => 7 as never };
  expect(() => run(none, 1)).toThrow('scenario "counter": "nodes" must be a list of { address, machine }');
});

describe('the end', () => {
  test('machines that are never done are a matter of liveness', () => {
    expect(run({ ...right, isOver: () => false }, 1)).toMatchObject({
      verdict: 'liveness',
      sentence: 'the machines are not done within 2000 ms after faults stopped: isOver says so',
      finished: false,
    });
  });

  test('without isOver nothing has to be reached', () => {
    const { isOver: _, ...withoutEnd } = right;
    expect(run(withoutEnd, 1)).toMatchObject({
      verdict: 'pass',
      sentence: 'no oracle objects in 4000 ms',
    });
  });

  test('an author’s code that throws, or answers later, is a mistake of the scenario', () => {
    const throws = (): never => {
      throw new Error('oh');
    };
    expect(() => run({ ...right, isOver: throws }, 1)).toThrow('scenario "counter": its isOver throws: oh');
    expect(() => run({ ...right, isOver: (() => undefined) as never }, 1)).toThrow(
      'its isOver throws: TypeError: it returns undefined, and not true or false',
    );
    expect(() => run({ ...right, isOver: (() => Promise.resolve(true)) as never }, 1)).toThrow(
      'its isOver returns a promise, and nobody waits in a simulated world',
    );
    const oracle = { name: 'mine', create: () => null, observe: throws, finish: () => {} };
    expect(() => run({ ...right, oracles: [oracle] }, 1)).toThrow('scenario "counter": its oracle mine throws: oh');
    expect(() => run({ ...right, services: throws }, 1)).toThrow('its services throws: oh');
  });
});

test('a step that does not come back is named', () => {
  const guest = machinesGuest(endless);
  const lastCall = { what: '' };
  const request: RunRequest = { decisions: seededDecisions(1), set: {}, faults: [], checks: 'checked', lastCall };
  const ended = (): unknown =>
    toTheEnd(
      runInPieces(guest, request),
      () => {},
      () => new Error(lastCall.what),
      200,
    );
  expect(ended).toThrow('step of stuck at go');
});

test('the story tells notes, faults and decisions in order', () => {
  const events: StoryEvent[] = [];
  run(buggy, 3, { onStory: (event) => events.push(event) });
  const texts = events.flatMap((event) => (event.kind === 'milestone' ? [event.text] : []));
  expect(texts[0]).toMatch(/^counter: counted \{"client":"client-\d","number":1\}$/);
  expect(events.some(({ kind }) => kind === 'decision')).toBe(true);
  expect(events.map(({ atUs }) => atUs)).toEqual(events.map(({ atUs }) => atUs).toSorted((a, b) => a - b));
});

describe('the contract of a machine', () => {
  const sentences: Readonly<Record<Exclude<Sin, 'clock' | 'chance'>, string>> = {
    'class-instance': '.when is Date',
    function: '.later is a function',
    promise: '.later is Promise',
    'shared-part': '.other is the same object as .one',
    'effect-after-halt': 'it halts, and then still wants to send added: an effect after halt never happens',
    'halt-without-reason': 'it halts without a reason: a few words, or data with a kind',
    'unknown-message': 'it sends a message "aded", a kind that `messages` does not name',
    'unknown-request': 'it makes a request "never-served", which no service serves',
    'unknown-address': 'it sends added to "client-7", and no node has that address',
    'body-no-data': 'the body of its message added is not data: it.number[1].at is Date',
    'note-no-data': 'its note is not data: it.by is a function',
    'async-step': 'its step returns a promise, and a step must be synchronous',
    'wake-at': 'its wakeAt returns NaN, and not a time in ms or NEVER',
  };

  test.each(Object.entries(sentences))('%s', (sin, sentence) => {
    const result = run(sinnerScenario(sin as Sin), 1);
    expect(result).toMatchObject({
      verdict: 'threw',
      sentence: `file.ts: counter breaks the contract of a machine at add: ${sentence}`,
      thrownAt: [],
    });
    expect(result.traceHash).toMatch(/^[0-9a-f]{16}$/);
  });

  test.each([
    ['clock', 'called Date.now(), which reads a clock'],
    ['chance', 'called Math.random(), which draws at random'],
  ] as const)('%s', (sin, sentence) => {
    const result = run(sinnerScenario(sin), 1);
    expect(result.verdict).toBe('correctness');
    expect(result.sentence).toContain(`the machine of counter, at message add, ${sentence}`);
    expect(result.violations[0]?.evidence[0]?.text).toContain('broken-machine.ts');
  });
});

describe('a machine that no run can repeat is told so in its first run', () => {
  const sinning = (sin: () => number): MachinesScenario => {
    const nodes: MachinesScenario['nodes'] = (setting) => {
      const made = typeof right.nodes === 'function' ? right.nodes(setting) : right.nodes;
      return made.map((node) => ({
        ...node,
        machine: {
          ...node.machine,
          step: (state: { sin?: number }, input: never, out: never) => {
            node.machine.step(state, input, out);
            state.sin = sin();
          },
        },
      }));
    };
    return { ...right, nodes };
  };

  test('for what it calls', () => {
    const { verdict, sentence } = run(
      sinning(() => Date.now()),
      1,
    );
    expect(verdict).toBe('correctness');
    expect(sentence).toMatch(/^machine: the machine of \S+, at start, called Date\.now\(\), which reads a clock: /);
  });

  test('for what it keeps outside of its state', () => {
    let steps = 0;
    const { verdict, sentence, violations } = run(
      sinning(() => (steps += 1)),
      1,
    );
    expect(verdict).toBe('correctness');
    expect(sentence).toContain('did something else when the step was made again with the same state and input');
    expect(violations[0]?.evidence[0]?.text).toMatch(/^at \.sin: first \d+$/);
  });
});
