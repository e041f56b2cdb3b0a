// Faults that are forced strike at the point that they name, once, and their kinds nowhere else.
import { describe, expect, test } from 'vitest';
import { scenario as wordCount } from '../../../../scenarios/word-count.ts';
import { kindOfFault, readForced } from '../../../../src/sim/faults/forced.ts';
import { runScenario } from '../../../../src/sim/cluster/run.ts';
import type { JobRunResult } from '../../../../src/sim/cluster/run-types.ts';
import { seededDecisions } from '../../../../src/sim/seeded-decisions.ts';
import { tapeDecisions } from '../../../../src/sim/tape-decisions.ts';
import { requestOf, runSeed, verdictOf } from '../lab.ts';

const struckBy = ({ faultLog }: JobRunResult): readonly string[] =>
  faultLog.flatMap(({ text, hit }) => (hit ? [text] : []));

describe('names', () => {
  test.each([
    ['tm-crash@stored', { fault: 'tm-crash', at: 'stored', nth: 1 }],
    ['jm-crash@ha-written#4', { fault: 'jm-crash', at: 'ha-written', nth: 4 }],
    ['store-fail@ha-write:checkpoints/jm-1#12', { fault: 'store-fail', at: 'ha-write:checkpoints/jm-1', nth: 12 }],
  ])('%s', (name, forced) => {
    expect(readForced(name)).toEqual({ ok: true, value: { name, ...forced } });
    expect(kindOfFault(name)).toBe(forced.fault);
  });

  test('of kinds force nothing', () => {
    expect(readForced('tm-crash')).toEqual({ ok: true, value: null });
    expect(kindOfFault('tm-crash')).toBe('tm-crash');
  });

  test.each(['@stored', 'tm-crash@', 'tm-crash@stored#', 'tm-crash@stored#0', 'tm-crash@stored#x', 'tm-crash@a@b c'])(
    '%s is none',
    (name) => {
      expect(readForced(name).ok).toBe(false);
    },
  );
});

describe('forced', () => {
  test.each([
    ['tm-crash@stored', /^tm-\d died at stored/, 'uploading'],
    ['jm-crash@stored', /^jm-\d, the leader, died at stored/, 'last ack to pointer written'],
    ['tm-crash@loaded', /^$/, ''],
  ])('%s strikes there or never', (name, text, phase) => {
    const result = runSeed(wordCount, 2, { faults: [name] });
    expect(verdictOf(result)).toBe('pass');
    if (phase === '') return expect(struckBy(result)).toEqual([]); // nothing is restored: no point of that name comes
    expect(struckBy(result)).toEqual([expect.stringMatching(text)]);
    expect(result.faultPhases[kindOfFault(name)]).toHaveProperty([phase]);
  });

  test('the n-th is another one', () => {
    const [first, third] = [1, 3].map(
      (nth) => runSeed(wordCount, 2, { faults: [`tm-crash@stored#${nth}`] }).faultLog[0]?.atMs ?? 0,
    ) as [number, number];
    expect(third).toBeGreaterThan(first);
  });

  test('one makes way for the next', () => {
    const result = runSeed(wordCount, 2, { faults: ['tm-crash@stored#9', 'tm-crash@loaded'] });
    expect(verdictOf(result)).toBe('pass');
    expect(struckBy(result)).toEqual([
      expect.stringMatching(/died at stored/) as string,
      expect.stringMatching(/died at loaded/) as string,
    ]);
    expect(result.restarts).toBeGreaterThanOrEqual(2);
  });

  test('kinds that are not forced come as ever', () => {
    const result = runSeed(wordCount, 2, { faults: ['jm-crash@heartbeat-answer', 'message-delay'] });
    expect(struckBy(result).filter((text) => text.includes('the leader, died'))).toHaveLength(1);
  });

  test('by node, and by what is written', () => {
    const at = (name: string): readonly string[] => struckBy(runSeed(wordCount, 2, { faults: [name] }));
    expect(at('tm-crash@stored/tm-2')).toEqual([expect.stringMatching(/^tm-2 died at stored/)]);
    expect(at('store-fail@ha-write:checkpoints')).toEqual([expect.stringMatching(/ha-write checkpoints\/job-1/)]);
    expect(at('barrier-loss@channel-elements:barrier')).toEqual([expect.stringMatching(/barrier/)]);
  });

  test('are repeated from a tape', () => {
    const faults = ['tm-crash@stored#2'];
    const decisions = seededDecisions(2);
    const first = runScenario(requestOf(wordCount, 2, { faults, decisions }));
    const again = runScenario(requestOf(wordCount, 2, { faults, decisions: tapeDecisions(decisions.tape()) }));
    expect(again.traceHash).toBe(first.traceHash);
    const without = decisions.tape().filter(({ stream }) => !stream.startsWith('crash/'));
    expect(struckBy(runScenario(requestOf(wordCount, 2, { faults, decisions: tapeDecisions(without) })))).toEqual([]);
  });

  test('points that a fault never strikes at are refused', () => {
    expect(() => runSeed(wordCount, 1, { faults: ['store-fail@heartbeat'] })).toThrow(
      /^faults: store-fail never strikes at "heartbeat"; it does at artifact-load, ha-lease, /,
    );
  });
});
