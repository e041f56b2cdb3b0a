// What is printed and written, from results that are made up: tables of pure leaves.
import { describe, expect, test } from 'vitest';
import type { JobRunResult } from '../../src/sim/cluster/run-types.ts';
import { violationOf } from '../../src/sim/observation.ts';
import { emptySweep } from '../../src/sim/search/sweep.ts';
import { gravest } from '../../src/cli/exit-codes.ts';
import type { ExitCode } from '../../src/cli/exit-codes.ts';
import { outputText } from '../../src/scenario/output-text.ts';
import { quote } from '../../src/cli/files.ts';
import { runJson } from '../../src/cli/sim/run-json.ts';
import { fact } from '../../src/cli/fact-lines.ts';
import { verdictLines } from '../../src/cli/sim/run-report.ts';
import { roleOfStream } from '../../src/sim/search/roles.ts';
import { jobGuest } from '../../src/sim/cluster/job-guest.ts';
import { scenario } from '../../scenarios/word-count.ts';
import { coverageTable, gapLines } from '../../src/cli/sim/sweep-report.ts';
import { count, formatTable } from '../../src/cli/terminal.ts';

test.each([
  [[0, 6, 3, 1, 4, 5], 5],
  [[0, 6, 3, 1, 4], 4],
  [[0, 6, 3, 1], 1],
  [[0, 6, 3], 3],
  [[0, 6], 6],
  [[0], 0],
  [[], 0],
])('of the exit codes %j, %i is the gravest', (codes, expected) => {
  expect(gravest(codes as ExitCode[])).toBe(expected);
  expect(gravest(codes.toReversed() as ExitCode[])).toBe(expected);
});

const result: JobRunResult = {
  verdict: 'correctness',
  sentence: 'O-exact: one line too many',
  violations: [
    violationOf({ name: 'O-exact' }, 5, ['surplus', 'one line too many', ['surplus: {"a":1}']]),
    violationOf({ name: 'O-fence' }, 6, ['two-leaders', 'two leaders', []]),
  ],
  ways: [],
  thrownAt: [],
  oracles: { 'O-exact': 'one line too many', 'O-live': 'pass' },
  traceHash: '00ff',
  hashes: [],
  events: 1_234,
  simulatedMs: 5_000,
  drawn: {},
  faults: { 'tm-crash': 2 },
  faultPhases: {},
  faultLog: [],
  checkpoints: { completed: 5, aborted: { expired: 1, declined: 2 } },
  restarts: 1,
  leaderChanges: 0,
  recordsIn: 120,
  lateRecords: 3,
  unread: ['spare'],
  committed: { b: [{ n: 2 }, { n: 10 }], a: [{ n: 1 }] },
  unjudged: [],
  compared: ['a', 'b'],
  finished: true,
};

const guest = jobGuest({ scenario, data: {}, artifact: '' });

test('the object of --json', () => {
  expect(runJson(guest, { seed: 7, result, wallMs: 12.3 }, 'reports/out/word-count-7.jsonl')).toEqual({
    scenario: 'word-count',
    guest: 'job',
    seed: 7,
    verdict: 'correctness',
    traceHash: '00ff',
    events: 1_234,
    simulatedMs: 5_000,
    wallMs: 12,
    faults: { 'tm-crash': 2 },
    checkpoints: { completed: 5, aborted: 3 },
    restarts: 1,
    leaderChanges: 0,
    unreadTopics: ['spare'],
    lateRecords: 3,
    oracles: { 'O-exact': 'one line too many', 'O-live': 'pass' },
    output: 'reports/out/word-count-7.jsonl',
  });
});

describe('the verdict of a run', () => {
  test('that failed', () => {
    expect(verdictLines(guest, result)).toEqual([
      'FAIL  O-exact: one line too many',
      '      surplus: {"a":1}',
      '      and 1 violation more, first of O-fence: two leaders',
      'compared     3 groups of 120 records with a sequential reference run',
    ]);
  });

  test('that passed, with a check of its own', () => {
    const passed: JobRunResult = {
      ...result,
      verdict: 'pass',
      sentence: 'all is well',
      violations: [],
      compared: null,
    };
    expect(verdictLines(guest, passed)).toEqual([
      'PASS  all is well',
      "compared     3 committed records by the scenario's own check (120 records read)",
    ]);
  });

  test('that did not finish', () => {
    expect(verdictLines(guest, { ...result, finished: false }).at(-1)).toBe(
      'compared     nothing at the end: the job did not finish (3 records committed)',
    );
  });
});

describe('the output file', () => {
  test('holds all sinks, sorted by the scenario', () => {
    const sortBy = (value: unknown) => String((value as { n: number }).n).padStart(3, '0');
    expect(outputText({ sortBy }, result.committed)).toBe('{"n":1}\n{"n":2}\n{"n":10}\n');
  });

  test('is sorted by its lines otherwise', () => {
    expect(outputText({}, result.committed)).toBe('{"n":10}\n{"n":1}\n{"n":2}\n');
  });

  test('shows bytes as hexadecimal text', () => {
    expect(outputText({}, { a: [[new Uint8Array([1, 255])]] })).toBe('["01ff"]\n');
  });
});

test('late records are told of a run, and of a sweep', () => {
  const { rows } = guest.tell(result);
  const counts = guest.count(result);
  expect(rows).toContainEqual([
    'late',
    '3 records behind the watermark of a window, and dropped (in a sequential run)',
  ]);
  const swept = guest.sumUp({ ...counts, lateRecords: 7 }, 2);
  expect(swept.json).toMatchObject({ lateRecords: 7 });
  expect(swept.rows.find(([label]) => label === 'late')?.[1]).toContain('7 records');
  expect(guest.tell({ ...result, lateRecords: 0 }).rows.map(([label]) => label)).not.toContain('late');
});

test('topics that no source reads are told of a run, and of a sweep', () => {
  const { rows } = guest.tell(result);
  const counts = guest.count(result);
  expect(rows[0]).toEqual(['input', 'topic "spare" is read by no source']);
  const sweep = guest.sumUp({ ...counts, 'unread: other': 1 }, 3);
  expect(sweep.rows[0]).toEqual(['input', 'topics "spare", "other" are read by no source']);
  expect(sweep.json).toMatchObject({ unreadTopics: ['spare', 'other'], checkpoints: { aborted: 3 } });
});

test('the table of a sweep: times hit, of each kind in force', () => {
  const sweep = { ...emptySweep(), faults: { 'tm-crash': 1_500 }, faultPhases: { 'tm-crash': { aligning: 1_200 } } };
  const table = coverageTable(guest, sweep, ['tm-crash', 'pause']);
  const aligning = table.find((line) => line.startsWith('aligning'));
  expect(aligning?.split(/ +/)).toEqual(['aligning', '1,200', '0']);
  expect(table.at(-1)?.split(/ +/).slice(0, 2)).toEqual(['fired', '1,500']);
  for (const line of table) expect(line.length).toBeLessThanOrEqual(100);
});

test('a hole in the coverage is a sentence', () => {
  expect(gapLines([{ fault: 'pause', phase: 'no leader' }], 1_000)).toEqual([
    'never seen in 1,000 seeds: pause while no leader; no sentence of the scenario excuses it',
  ]);
});

test('long facts are broken between words', () => {
  const text = Array.from({ length: 30 }, (_, index) => `word-${index}`).join(' ');
  const lines = fact('name', text).split('\n');
  expect(lines.length).toBe(3);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
  expect(lines.map((line) => line.slice(13)).join(' ')).toBe(text);
});

test.each([
  ['crash/tm-1/heartbeat', 'fault'],
  ['fault/down/tm-1', 'fault'],
  ['notice/tm-1/jm-1/data', 'fault'],
  ['delay/jm-1>tm-1/heartbeat', 'delay'],
  ['store/ha/ha-read/jm-1/answer', 'delay'],
  ['schedule', 'delay'],
  ['workload/lines-0', 'other'],
  ['options/batchSizeRecords', 'other'],
  ['chance/raft-1/election-timeout', 'other'],
])('decisions of %s are about: %s', (stream, role) => {
  expect(roleOfStream(stream)).toBe(role);
});

test('small forms', () => {
  expect([count(1, 'seed'), count(0, 'seed'), count(1_234, 'seed')]).toEqual(['1 seed', '0 seeds', '1,234 seeds']);
  expect(
    formatTable([
      ['', 'a'],
      ['long', '10'],
    ]),
  ).toEqual(['       a', 'long  10']);
  expect(["a b'c", 'plain/x-1.tape'].map(quote)).toEqual([String.raw`'a b'\''c'`, 'plain/x-1.tape']);
});
