// The runner, from decisions to a verdict, on the smallest job.
import { describe, expect, test } from 'vitest';
import type { Value } from '../../../src/core/base/value.ts';
import { createClusterWorld, setUpCluster } from '../../../src/sim/cluster/cluster.ts';
import type { Scenario } from '../../../src/scenario/scenario.ts';
import { seededDecisions } from '../../../src/sim/seeded-decisions.ts';
import { tapeDecisions } from '../../../src/sim/tape-decisions.ts';
import { scenario as wordCount, wordCount as wordCountJob } from '../../../scenarios/word-count.ts';
import { requestOf, runSeed, verdictOf } from './lab.ts';

type Count = { readonly word: string; readonly count: number };

/** Counts by hand: every word was emitted with 1, 2, … up to how often it occurs. */
function expectedCounts(lines: readonly Value[]): readonly Count[] {
  const totals = new Map<string, number>();
  return lines
    .flatMap((line) => (line as string).split(' '))
    .map((word) => {
      totals.set(word, (totals.get(word) ?? 0) + 1);
      return { word, count: totals.get(word) as number };
    });
}

const inOrder = (counts: readonly Value[]): readonly string[] => counts.map((count) => JSON.stringify(count)).sort();

function linesOf(seed: number): readonly Value[] {
  const decisions = seededDecisions(seed);
  const pick = (question: string, n: number): number =>
    decisions.pick(decisions.open(`workload/${question}`), n, (n - 1) / n);
  return Object.values(wordCount.input({ data: {}, pick, times: 1 })).flatMap((topic) => topic.splits.flat());
}

describe('without faults', () => {
  const result = runSeed(wordCount, 1, { faults: [] });

  test('the job finishes, and every oracle is content', () => {
    expect(verdictOf(result)).toBe('pass');
    expect(result.finished).toBe(true);
    expect(new Set(Object.values(result.oracles))).toEqual(new Set(['pass']));
    expect(Object.keys(result.oracles).length).toBeGreaterThanOrEqual(9);
  });

  test('what is committed is what a few lines compute from the input', () => {
    expect(inOrder(result.committed['counts'] ?? [])).toEqual(inOrder(expectedCounts(linesOf(1))));
  });

  test('there are at least five checkpoints, no restart, no change of leader, and no fault', () => {
    expect(result.checkpoints.completed).toBeGreaterThanOrEqual(5);
    expect(result).toMatchObject({
      restarts: 0,
      leaderChanges: 0,
      faults: {},
      faultLog: [],
      checkpoints: { aborted: {} },
    });
  });

  test('what was drawn and read is told', () => {
    expect(Object.keys(result.drawn).sort()).toEqual([
      'batchSizeRecords',
      'creditsPerChannel',
      'sinkChunkRecords',
      'snapshotKeyGroupsPerStep',
    ]);
    expect(result.recordsIn).toBe(180);
    expect(result.inputLengths).toEqual({ 'lines/0': 90, 'lines/1': 90 });
  });
});

test('the same seed is the same run, another one is not', () => {
  const hashOf = (seed: number): string => runSeed(wordCount, seed).traceHash;
  expect(hashOf(7)).toBe(hashOf(7));
  expect(hashOf(8)).not.toBe(hashOf(7));
});

test.each([3, 11])('seed %i repeats from its tape', (seed) => {
  const decisions = seededDecisions(seed);
  const recorded = runSeed(wordCount, seed, { decisions });
  const repeated = runSeed(wordCount, seed, { decisions: tapeDecisions(decisions.tape()) });
  expect(repeated.traceHash).toBe(recorded.traceHash);
  expect(repeated.faultLog).toEqual(recorded.faultLog);
});

test.each(['bare', 'strict'] as const)('%s runs go the same way as checked ones', (checks) => {
  const checked = runSeed(wordCount, 5);
  const other = runSeed(wordCount, 5, { checks });
  expect(other.events).toBe(checked.events);
  expect(other.committed).toEqual(checked.committed);
});

test('an option that is set is not drawn, and limits cut the input', () => {
  const result = runSeed(wordCount, 1, { faults: [], set: { batchSizeRecords: 3 }, inputLimits: { 'lines/0': 10 } });
  expect(result.drawn).toMatchObject({ batchSizeRecords: 3 });
  expect(result.inputLengths).toEqual({ 'lines/0': 10, 'lines/1': 90 });
  expect(result.recordsIn).toBe(100);
  expect(verdictOf(result)).toBe('pass');
});

test('a trace is paid for by who wants it, and changes nothing', () => {
  const lines: string[] = [];
  const traced = runSeed(wordCount, 2, { onTrace: (line) => lines.push(line) });
  expect(traced.traceHash).toBe(runSeed(wordCount, 2).traceHash);
  expect(lines.filter((line) => line.includes('"note":{"kind":"checkpoint-completed"')).length).toBe(
    traced.checkpoints.completed,
  );
  for (const line of lines.slice(0, 100)) expect(JSON.parse(line)).toHaveProperty('at');
});

test.each([200, 700, 1_100])('a fork at event %i has the same future', (events) => {
  const world = createClusterWorld(setUpCluster(requestOf(wordCount, 6)));
  world.run({ untilEvents: events });
  const fork = world.fork();
  for (const one of [world, fork]) one.run({ untilUs: 3_000_000 });
  expect(fork.hash()).toBe(world.hash());
  expect(fork.view.events).toBeGreaterThan(events);
});

describe('verdicts', () => {
  const broken: Scenario = { ...wordCount, reference: false, faults: {} };

  test("a check of the scenario's own that objects is a matter of correctness", () => {
    const result = runSeed({ ...broken, check: (_, committed) => `there are ${committed.length} counts` }, 1);
    expect(result).toMatchObject({ verdict: 'correctness', compared: null });
    expect(result.sentence).toContain('there are ');
  });

  test('a job that cannot finish is a matter of liveness, and somebody says who waits for whom', () => {
    const result = runSeed({ ...broken, check: () => null, cluster: { ...wordCount.cluster, taskManagers: 1 } }, 1);
    expect(result).toMatchObject({ verdict: 'liveness', finished: false });
    expect(result.violations[0]?.evidence.map(({ text }) => text).join('\n')).toContain('slot');
  });

  test('user code that throws fails its task, and the run at once if it throws in a sequential run too', () => {
    const counting = wordCountJob();
    const functions = new Map(
      [...counting.program.functions].map(([id, code]) => [id, { ...code, flatMap: throwing }]),
    );
    const job = { graph: counting.graph, program: { functions } };
    const result = runSeed({ ...broken, check: () => null, job }, 1);
    const compared = runSeed({ ...wordCount, job }, 1);
    for (const { verdict, sentence, restarts } of [result, compared]) {
      expect(verdict).toBe('correctness');
      expect(restarts).toBeLessThanOrEqual(1); // the first one comes at once, as fast as the run is stopped
      expect(sentence).toContain('throws, in flat-map "split": user code');
    }
  });
});

function throwing(): never {
  throw new Error('user code');
}
