// Each kind of fault, by itself: it fires about as often as its weight says, it hits something, and the job survives it.
import { describe, expect, test } from 'vitest';
import { faultKinds, type FaultKind } from '../../../../src/scenario/fault-kinds.ts';
import { must } from '../../../../src/core/base/assert.ts';
import { forgetfulClients } from '../../../../src/scenario/forgetful-clients.ts';
import { mistakesOf } from '../../../../src/scenario/mistakes.ts';
import type { SubmittedJob } from '../../../../src/scenario/scenario.ts';
import { whyIdle } from '../../../../src/scenario/idle-faults.ts';
import type { TapeEntry } from '../../../../src/sim/decisions.ts';
import { runGuest } from '../../../../src/sim/run-guest.ts';
import { beginRun, runScenario, type JobRun } from '../../../../src/sim/cluster/run.ts';
import type { JobRunResult } from '../../../../src/sim/cluster/run-types.ts';
import { roleOfStream } from '../../../../src/sim/search/roles.ts';
import { candidateOf, decisionsOf, shrink, type Candidate, type Trial } from '../../../../src/sim/search/shrink.ts';
import { seededDecisions } from '../../../../src/sim/seeded-decisions.ts';
import { setUpCluster } from '../../../../src/sim/cluster/cluster.ts';
import { drawSlots } from '../../../../src/sim/cluster/draws.ts';
import type { Scenario } from '../../../../src/scenario/scenario.ts';
import { plainDecisions } from '../../../../src/sim/tape-decisions.ts';
import { scenario as hostile } from '../../../../scenarios/hostile.ts';
import { scenario as poison } from '../../../../scenarios/poison.ts';
import { scenario as wordCount, splitVaries } from '../../../../scenarios/word-count.ts';
import { requestOf, runSeed, verdictOf } from '../lab.ts';

const SEEDS = 12;

const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1);
const only = (kind: FaultKind, weight: number): Scenario => ({ ...worldFor(kind), faults: { [kind]: weight } });

/** Where nobody is to spare, nobody can be lost for good; code varies only where the scenario says which; and a work folder holds something where code ends processes. */
function worldFor(kind: FaultKind): Scenario {
  if (kind === 'user-chance') return { ...wordCount, varies: splitVaries };
  if (kind === 'power-loss') return poison;
  return whyIdle(wordCount, kind) === null ? wordCount : { ...wordCount, cluster: hostile.cluster };
}

/** Faults that need others, as nothing is read before something is restored. */
const companions: Readonly<Partial<Record<FaultKind, FaultKind>>> = { 'storage-corrupt': 'tm-crash' };

test.each(faultKinds)('%s alone fires, hits, and is survived', (kind) => {
  const companion = companions[kind];
  const faults = { [kind]: 2, ...(companion === undefined ? {} : { [companion]: 2 }) };
  const results = seeds.map((seed) => runSeed({ ...worldFor(kind), faults }, seed));
  expect(results.map(verdictOf)).toEqual(results.map(() => 'pass'));
  const fired = results.flatMap((result) => result.faultLog).filter(({ fault }) => fault !== companion);
  expect(new Set(fired.map((fault) => fault.fault))).toEqual(new Set([kind]));
  expect(fired.every((fault) => fault.hit && fault.decision !== undefined)).toBe(true);
  expect(fired.filter(({ target, text }) => !target.split('>').every((end) => text.includes(end)))).toEqual([]);
  expect(fired.length / SEEDS).toBeGreaterThan(0.4);
  expect(fired.length / SEEDS).toBeLessThan(8);
});

test('a fault counts in each phase that holds when it hits', () => {
  for (const { faults, faultPhases } of seeds.map((seed) => runSeed(wordCount, seed))) {
    expect(Object.keys(faultPhases).sort()).toEqual(Object.keys(faults).sort());
    for (const [kind, times] of Object.entries(faults)) {
      const phases = Object.values(faultPhases[kind] ?? {});
      expect(Math.max(...phases)).toBeLessThanOrEqual(times);
      expect(phases.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(times);
    }
  }
});

test('barriers are lost in all their forms', () => {
  const texts = Array.from({ length: 40 }, (_, seed) => runSeed(only('barrier-loss', 6), seed)).flatMap((result) =>
    result.faultLog.map(({ text }) => text.replaceAll(/[a-z]+-\d+|\d+/g, '#')),
  );
  expect(new Set(texts)).toEqual(
    new Set([
      'trigger-checkpoint # from # to # was lost',
      'acknowledge-checkpoint # from # to # was lost',
      'abort-checkpoint # from # to # was lost',
      'notify-checkpoint-complete # from # to # was lost',
      'barrier in channel-elements from # to # was lost in transit',
      'barrier from # to # was never emitted',
    ]),
  );
});

test('faults strike around the job as well: before it is durable, before its tasks come, and before its client knows its end', () => {
  const stopped: Scenario = { ...wordCount, faults: { 'jm-crash': 4, 'tm-crash': 4, 'store-unknown': 8 } };
  const streams = [stopped, only('message-delay', 16)].flatMap((scenario) =>
    seeds.flatMap((seed) => runSeed(scenario, seed).faultLog.map(streamOf)),
  );
  expect(streams).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^crash-submission\/jm-/),
      expect.stringMatching(/^crash-allocation\/tm-/),
      expect.stringMatching(/^doubt-submission\/jm-\d\/ha-write$/),
      expect.stringMatching(/^slow-submission\/client-1\/submit-job$/),
      expect.stringMatching(/^slow-answer\/(client-1\/request-job-status|jm-\d\/job-status)$/),
    ]),
  );
});

/** Whoever is struck by these is not struck by others. */
const kindsOfNodes: readonly FaultKind[] = [
  'tm-loss',
  'jm-loss',
  'client-crash',
  'wall-clock',
  'clock-drift',
  'clock-jump',
  'rack-loss',
  'slow-node',
  'gray-node',
];

test.each(kindsOfNodes)('%s is repeated by its tape, and shrinks to itself', (kind) => {
  const scenario = only(kind, 2);
  const run = (candidate: Candidate): Trial<JobRunResult> => {
    const { source, asked } = decisionsOf(candidate);
    const result = runScenario(requestOf(scenario, 0, { decisions: source, inputLimits: candidate.inputLimits }));
    return { same: result.faultLog.length > 0, asked, inputLengths: {}, result };
  };
  const { tape, result } = recordHit(scenario);
  const start = candidateOf(tape);
  const again = run(start);
  expect(again.result.traceHash).toBe(result.traceHash);
  expect(again.result.faultLog).toEqual(result.faultLog);
  const shrunk = shrink(start, again, { run, roleOf: roleOfStream, runsMax: 40, hasTime: () => true });
  expect(shrunk.result.faultLog.map(({ fault }) => fault)).toEqual([kind]);
  expect(shrunk.decisions.length).toBeLessThan(tape.length);
});

/** The first seed that a fault hits. */
function recordHit(scenario: Scenario): { readonly tape: readonly TapeEntry[]; readonly result: JobRunResult } {
  for (const seed of seeds) {
    const decisions = seededDecisions(seed);
    const result = runScenario(requestOf(scenario, seed, { decisions }));
    if (result.faultLog.length > 0) return { tape: decisions.tape(), result };
  }
  throw new Error('no fault hit anything');
}

test('a loss of power is refused where no work folder holds anything', () => {
  expect(mistakesOf(only('power-loss', 1))).toEqual([]);
  expect(mistakesOf({ ...wordCount, faults: { 'power-loss': 1 } })).toEqual([
    'power-loss has a weight, and no work folder holds anything that could be lost: none of the jobs has `endsProcess`',
  ]);
});

const streamOf = ({ decision }: { readonly decision?: { readonly stream: string } }): string => decision?.stream ?? '';

test('faults that are off do not fire, and those that are asked for by name do', () => {
  expect(runSeed(wordCount, 4, { faults: [] }).faultLog).toEqual([]);
  const fired = seeds.flatMap((seed) => runSeed(wordCount, seed, { faults: ['tm-crash', 'pause'] }).faultLog);
  expect(new Set(fired.map(({ fault }) => fault))).toEqual(new Set(['tm-crash', 'pause']));
});

describe('a scenario that wants at least so many faults', () => {
  const rare = Object.fromEntries(faultKinds.map((kind) => [kind, 0.1 / faultKinds.length]));
  const wanting: Scenario = { ...wordCount, varies: splitVaries, faults: rare, atLeastFaults: 2 };

  test('gets them, whatever the draw', () => {
    const counts = seeds.map((seed) => runSeed(wanting, seed).faultLog.filter(({ hit }) => hit).length);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(2);
    const without = seeds.map((seed) => runSeed({ ...wanting, atLeastFaults: 0 }, seed).faultLog.length);
    expect(Math.max(...without)).toBeLessThan(2);
  });

  test('plainly decided, its slots are at fixed times, and none is forced', () => {
    const request = requestOf(wanting, 1, { decisions: plainDecisions() });
    const slots = drawSlots(request, rare, setUpCluster(request).estimate);
    expect(slots.map(({ fault }) => fault)).toEqual(['tm-crash', 'tm-crash']);
    expect(runSeed(wanting, 1, { decisions: plainDecisions() }).faultLog).toEqual([]);
  });
});

describe('nodes that are lost for good', () => {
  const losing: Scenario = { ...wordCount, cluster: hostile.cluster, faults: { 'tm-loss': 9, 'jm-loss': 9 } };

  test('stay away when faults stop, and never so many that nobody could go on', () => {
    for (const seed of seeds) {
      const request = requestOf(losing, seed);
      let run: JobRun | null = null;
      const result = runGuest({ begin: (given) => (run = beginRun({ ...request, ...given })) }, request);
      expect(verdictOf(result)).toBe('pass');
      const nodes = (run as JobRun | null)?.world.view.nodes() ?? [];
      const gone = nodes.filter(({ isGone }) => isGone);
      expect(gone.map(({ status }) => status)).toEqual(gone.map(() => 'down'));
      expect(gone.map(({ address }) => address).toSorted()).toEqual(
        result.faultLog.map(({ target }) => target).toSorted(),
      );
      expect(gone.filter(({ role }) => role === 'task-manager').length).toBeLessThanOrEqual(1);
      expect(gone.filter(({ role }) => role === 'job-manager').length).toBeLessThanOrEqual(1);
    }
  });
});

test('in a swarm each run draws its kinds; what is asked for by name is not drawn', () => {
  const request = requestOf(hostile, 1);
  const drawn = seeds.map((seed) => Object.keys(setUpCluster(requestOf(hostile, seed)).weights).length);
  const all = Object.keys(hostile.faults).length;
  expect(Math.min(...drawn)).toBeLessThan(all / 2);
  expect(Math.max(...drawn)).toBeGreaterThan(all / 2);
  expect(setUpCluster(requestOf(hostile, 1, { decisions: plainDecisions() })).weights).toEqual({});
  expect(setUpCluster({ ...request, faults: ['pause'] }).weights).toEqual({ pause: hostile.faults.pause });
});

describe('clients that ask again', () => {
  const job = must(wordCount.job, 'its job');
  const only = (one: Omit<SubmittedJob, 'job'>, options: Scenario['options'] = {}): Scenario => {
    const { job: _, ...rest } = wordCount;
    return { ...rest, options: { ...rest.options, ...options }, jobs: [{ job, ...one }] };
  };

  test.each<[string, Scenario, readonly string[]]>([
    ['all', only({ cancelAtMs: 5, savepointAtMs: 6 }), ['client-1', 'client-2', 'client-3']],
    ['not those whose job may be removed', only({ removeAtMs: 5 }), ['client-2']],
    ['not those whose result is kept for a while', only({ statusAtMs: 5 }, { resultRetentionMs: 9 }), ['client-2']],
    ['not those whose savepoint is disposed', only({ savepointAtMs: 5, disposeAtMs: 6 }), ['client-1', 'client-3']],
  ])('%s', (_, scenario, clients) => {
    expect(forgetfulClients(scenario)).toEqual(clients);
  });

  test('none is there: the kind is refused', () => {
    const alone = only({}, { resultRetentionMs: 9 });
    expect(mistakesOf({ ...alone, faults: { 'client-crash': 1 } })).toEqual([
      'client-crash has a weight, and what becomes of all requests may be removed: a client that forgot its answer would have the same done twice',
    ]);
  });
});

describe('nodes that are slow, and several at once', () => {
  const weight = 4;
  const runs = (kind: FaultKind): readonly JobRunResult[] => seeds.map((seed) => runSeed(only(kind, weight), seed));
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

  test('a gray one costs checkpoints, and nothing restarts: its heartbeats pass', () => {
    const results = runs('gray-node');
    expect(results.map(({ restarts }) => restarts)).toEqual(results.map(() => 0));
    expect(sum(results.map(({ checkpoints }) => checkpoints.aborted['expired'] ?? 0))).toBeGreaterThan(0);
  });

  test('several die in one moment: more of them are down than were struck', () => {
    const died = runs('rack-loss').flatMap(({ faultLog }) => faultLog.map(({ text }) => text.split(' died')[0] ?? ''));
    expect(died.filter((nodes) => !nodes.includes(', '))).toEqual([]);
    expect(died.some((nodes) => nodes.split(', ').length === 4)).toBe(true);
  });
});
