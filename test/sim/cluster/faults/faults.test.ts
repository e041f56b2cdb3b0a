// Each kind of fault, by itself: it fires about as often as its weight says, it hits something, and the job survives it.
import { describe, expect, test } from 'vitest';
import { faultKinds, type FaultKind } from '../../../../src/scenario/fault-kinds.ts';
import { setUpCluster } from '../../../../src/sim/cluster/cluster.ts';
import { drawSlots } from '../../../../src/sim/cluster/draws.ts';
import type { Scenario } from '../../../../src/scenario/scenario.ts';
import { plainDecisions } from '../../../../src/sim/tape-decisions.ts';
import { scenario as wordCount } from '../../../../scenarios/word-count.ts';
import { requestOf, runSeed, verdictOf } from '../lab.ts';

const SEEDS = 12;

const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1);
const only = (kind: FaultKind, weight: number): Scenario => ({ ...wordCount, faults: { [kind]: weight } });

test.each(faultKinds)('%s alone fires, hits, and is survived', (kind) => {
  const results = seeds.map((seed) => runSeed(only(kind, 2), seed));
  expect(results.map(verdictOf)).toEqual(results.map(() => 'pass'));
  const fired = results.flatMap((result) => result.faultLog);
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

const streamOf = ({ decision }: { readonly decision?: { readonly stream: string } }): string => decision?.stream ?? '';

test('faults that are off do not fire, and those that are asked for by name do', () => {
  expect(runSeed(wordCount, 4, { faults: [] }).faultLog).toEqual([]);
  const fired = seeds.flatMap((seed) => runSeed(wordCount, seed, { faults: ['tm-crash', 'pause'] }).faultLog);
  expect(new Set(fired.map(({ fault }) => fault))).toEqual(new Set(['tm-crash', 'pause']));
});

describe('a scenario that wants at least so many faults', () => {
  const rare = Object.fromEntries(faultKinds.map((kind) => [kind, 0.01]));
  const wanting: Scenario = { ...wordCount, faults: rare, atLeastFaults: 2 };

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
