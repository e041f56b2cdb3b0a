// docs/faults.md is what its runs say: each fault hits, in the phase that its row names, and all oracles pass.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { mistakesIn, renderFailures, type SeenRow } from '../../build/faults/markdown.ts';
import { failureRows } from '../../build/faults/rows.ts';
import { seeFailures } from '../../build/faults/see-all.ts';
import type { Seen } from '../../build/faults/see.ts';

describe('docs/faults.md', () => {
  test('is current: npm run faults', async () => {
    const rows = await seeFailures();
    expect(rows.flatMap(mistakesIn)).toEqual([]);
    expect(readFileSync('docs/faults.md', 'utf8')).toBe(renderFailures(rows));
  });

  test('has all 54 failures once', () => {
    expect(failureRows.map(({ row }) => row)).toEqual(Array.from({ length: 54 }, (_, index) => index + 1));
    for (const { row, shown } of failureRows) if ('cannot' in shown) expect(shown.cannot, `row ${row}`).not.toBe('');
  });
});

describe('a row is wrong', () => {
  const seen: Seen = {
    struck: ['tm-1 died'],
    phases: ['aligning'],
    passed: true,
    restarts: 1,
    leaderChanges: 0,
    lostCheckpoints: 0,
    silenceMs: 10,
    plainSilenceMs: 5,
  };
  const row = (more: Partial<Seen>): SeenRow => ({
    row: {
      row: 2,
      failure: 'a failure',
      here: 'nothing',
      shown: { scenario: 'word-count', faults: 'tm-crash@stored', seed: 1, phases: ['aligning'] },
    },
    seen: { ...seen, ...more },
  });

  test.each([
    ['not, if all is as it should be', {}, []],
    ['if its run fails', { passed: false }, ['row 2: the run does not pass']],
    ['if nothing struck', { struck: [] }, ['row 2: 1 faults are forced, and 0 hit: ']],
    [
      'if it struck at another time',
      { phases: ['no leader'] },
      ['row 2: nothing hit in the phase "aligning", but in no leader'],
    ],
  ])('%s', (_, more, mistakes) => {
    expect(mistakesIn(row(more))).toEqual(mistakes);
  });
});
