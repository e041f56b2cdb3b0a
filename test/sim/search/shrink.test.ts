// The shrinker against toy runs whose smallest failing form is known.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Decisions, TapeEntry, TimedEntry } from '../../../src/sim/decisions.ts';
import { seededDecisions } from '../../../src/sim/seeded-decisions.ts';
import { tapeDecisions } from '../../../src/sim/tape-decisions.ts';
import { candidateOf, decisionsOf, shrink } from '../../../src/sim/search/shrink.ts';
import type { Candidate, DecisionRole, Shrunk } from '../../../src/sim/search/shrink.ts';

const roleOf = (stream: string): DecisionRole => {
  if (stream.startsWith('delay/')) return 'delay';
  return stream.startsWith('workload/') ? 'other' : 'fault';
};

const entry = (stream: string, index: number): TimedEntry => ({ stream, index, value: 1, atUs: 0 });
const names = (decisions: readonly TapeEntry[]) => decisions.map((one) => `${one.stream}#${one.index}`);

/** Runs candidates of which `fails` says whether they fail; splits are as long as given, or as limited. */
function shrinkToy(
  decisions: readonly TapeEntry[],
  lengths: Readonly<Record<string, number>>,
  fails: (names: ReadonlySet<string>, lengths: Readonly<Record<string, number>>) => boolean,
  runsMax = 10_000,
): Shrunk<number> & { readonly tried: readonly Candidate[] } {
  const tried: Candidate[] = [];
  const run = (candidate: Candidate) => {
    tried.push(candidate);
    const inputLengths = Object.fromEntries(
      Object.entries(lengths).map(([split, length]) => [
        split,
        Math.min(length, candidate.inputLimits[split] ?? length),
      ]),
    );
    const same = fails(new Set(names(candidate.decisions)), inputLengths);
    return { same, asked: candidate.decisions, inputLengths, result: tried.length };
  };
  const start = candidateOf(decisions);
  return { ...shrink(start, run(start), { run, roleOf, runsMax, hasTime: () => true }), tried };
}

const many = [
  ...Array.from({ length: 40 }, (_, index) => entry('crash/tm-1', index)),
  ...Array.from({ length: 200 }, (_, index) => entry(`delay/link-${index % 7}`, index)),
  ...Array.from({ length: 30 }, (_, index) => entry('workload/order', index)),
];

test('what does not matter goes: one fault of forty stays, and an empty input', () => {
  const shrunk = shrinkToy(many, { 'words/0': 100, 'words/1': 80 }, (on) => on.has('crash/tm-1#17'));
  expect(names(shrunk.decisions)).toEqual(['crash/tm-1#17']);
  expect(shrunk.inputLimits).toEqual({ 'words/0': 0, 'words/1': 0 });
  expect(shrunk.minimal).toBe(true);
  expect(shrunk.runs).toBeLessThan(40);
});

test('what matters stays: two faults, a delay, a displaced record, and a prefix of one split', () => {
  const needed = ['crash/tm-1#3', 'crash/tm-1#31', 'delay/link-2#9', 'workload/order#11'];
  const shrunk = shrinkToy(many, { 'words/0': 100, 'words/1': 80 }, (on, lengths) => {
    return needed.every((name) => on.has(name)) && lengths['words/0']! >= 37;
  });
  expect(names(shrunk.decisions)).toEqual(needed);
  expect(shrunk.inputLimits).toEqual({ 'words/0': 37, 'words/1': 0 });
});

test('faults go before delays, and delays before the rest', () => {
  const shrunk = shrinkToy(many, {}, () => true);
  const kinds = shrunk.tried.map(({ decisions }) => [...new Set(decisions.map((one) => roleOf(one.stream)))]);
  expect(kinds).toEqual([['fault', 'delay', 'other'], ['delay', 'other'], ['other'], []]);
});

test('a decision that a shorter run no longer asks for is not kept', () => {
  const run = ({ decisions }: Candidate) => ({
    same: decisions.some((one) => one.stream === 'crash/a'),
    asked: decisions.filter((one) => one.stream === 'crash/a'), // the crash comes before all others could be asked
    inputLengths: {},
    result: null,
  });
  const start = candidateOf([entry('crash/a', 0), entry('delay/b', 0)]);
  const failed = { ...run(start), asked: start.decisions };
  const shrunk = shrink(start, failed, { run, roleOf, runsMax: 100, hasTime: () => true });
  expect(names(shrunk.decisions)).toEqual(['crash/a#0']);
});

describe('the budget ends it', () => {
  const fails = (on: ReadonlySet<string>) => on.has('crash/tm-1#3') && on.has('crash/tm-1#31');

  test('in runs, with the best so far', () => {
    const shrunk = shrinkToy(many, {}, fails, 5);
    expect(shrunk.runs).toBe(5);
    expect(shrunk.minimal).toBe(false);
    expect(fails(new Set(names(shrunk.decisions)))).toBe(true);
  });

  test('in time', () => {
    const run = () => ({ same: true, asked: [], inputLengths: {}, result: null });
    const start = candidateOf(many);
    const failed = { same: true, asked: many, inputLengths: {}, result: null };
    const shrunk = shrink(start, failed, { run, roleOf, runsMax: 100, hasTime: () => false });
    expect(shrunk).toMatchObject({
      runs: 0,
      minimal: false,
      decisions: many.map(({ stream, index, value }) => ({ stream, index, value })),
    });
  });
});

test('the result always fails, and no decision of it can be left out', () => {
  const needs = fc.uniqueArray(fc.nat({ max: 39 }), { maxLength: 6 });
  fc.assert(
    fc.property(needs, fc.nat({ max: 50 }), (needed, prefix) => {
      const fails = (on: ReadonlySet<string>, lengths: Readonly<Record<string, number>>) =>
        needed.every((index) => on.has(`crash/tm-1#${index}`)) && lengths['words/0']! >= prefix;
      const shrunk = shrinkToy(many, { 'words/0': 50 }, fails);
      const expected = [...needed].sort((a, b) => a - b).map((index) => `crash/tm-1#${index}`);
      expect(names(shrunk.decisions)).toEqual(expected);
      expect(shrunk.inputLimits['words/0'] ?? 50).toBe(prefix);
    }),
  );
});

describe('what stays keeps its time where its index means another moment', () => {
  const TICK_US = 100;
  const DOWN_TICKS = 7;

  /** Two nodes are asked each tick whether they crash, while they are up. It fails if b crashes three ticks after a. */
  function runTwo(decisions: Decisions): { readonly same: boolean; readonly crashes: readonly string[] } {
    const downUntil = { a: 0, b: 0 };
    const crashes: string[] = [];
    let tick = 0;
    decisions.watch?.(() => tick * TICK_US);
    for (; tick < 200; tick++) {
      for (const node of ['a', 'b'] as const) {
        if (tick < downUntil[node] || decisions.pick(decisions.open(`crash/${node}`), 2, 0.1) === 0) continue;
        downUntil[node] = tick + DOWN_TICKS;
        crashes.push(`${node}@${tick}`);
      }
    }
    const same = crashes.some((crash) => {
      const [node, at] = crash.split('@') as [string, string];
      return node === 'a' && crashes.includes(`b@${Number(at) + 3}`);
    });
    return { same, crashes };
  }

  const tryOut = (candidate: Candidate) => {
    const { source, asked } = decisionsOf(candidate);
    const { same, crashes } = runTwo(source);
    return { same, asked, inputLengths: {}, result: crashes };
  };

  test.each([1, 2, 4, 6, 8, 11])('two crashes of many, from seed %i', (seed) => {
    const decisions = seededDecisions(seed);
    expect(runTwo(decisions).same).toBe(true);
    const start = candidateOf(decisions.tape());
    expect(start.decisions.length).toBeGreaterThan(15);
    const shrunk = shrink(start, tryOut(start), { run: tryOut, roleOf, runsMax: 1_000, hasTime: () => true });
    expect(shrunk.decisions.map(({ stream }) => stream).sort()).toEqual(['crash/a', 'crash/b']);
    expect(runTwo(tapeDecisions(shrunk.decisions)).crashes).toEqual(shrunk.result); // it is a tape like any other
  });
});

test('an answer changes where that leaves another question unasked', () => {
  // Who hears late is asked how late; who never hears is not. It fails if nobody hears in time.
  const run = (candidate: Candidate) => {
    const { source, asked } = decisionsOf(candidate);
    source.watch?.(() => 100);
    const ask = (stream: string, n: number): number => source.pick(source.open(stream), n, 0.5);
    const heard = ask('notice/a', 3);
    const late = heard === 1 ? ask('notice/a/late', 1_000) : 0;
    return { same: heard === 2 || late > 500, asked, inputLengths: {}, result: [heard, late] };
  };
  const start = candidateOf([
    { stream: 'notice/a', index: 0, value: 1 },
    { stream: 'notice/a/late', index: 0, value: 700 },
  ]);
  const shrunk = shrink(start, run(start), { run, roleOf, runsMax: 100, hasTime: () => true });
  expect(shrunk.decisions).toEqual([{ stream: 'notice/a', index: 0, value: 2 }]);
});
