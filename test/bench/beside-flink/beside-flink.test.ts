// What the bench beside Flink does without Flink: its options, its reasons to skip, what Millrace computes of its jobs, and the formula of their records.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Board } from '../../../bench/beside-flink/board.ts';
import { differenceOf, expectedResults } from '../../../bench/beside-flink/compare.ts';
import { resultsOfMillrace } from '../../../bench/beside-flink/millrace-side.ts';
import { readBesideOptions } from '../../../bench/beside-flink/options.ts';
import { besideLines } from '../../../bench/beside-flink/report-beside.ts';
import { buildToolchain, FORMULA, missing, missingJava, type Run } from '../../../bench/beside-flink/toolchain.ts';
import { comparedSize, workNames, works } from '../../../bench/beside-flink/works.ts';
import type { WorkMeasured } from '../../../bench/beside-flink/measure-beside.ts';
import { main } from '../../../bench/main.ts';
import { timedFrom, words } from '../../../bench/real/records.ts';

const silent = { line: () => {}, complain: () => {}, progress: () => {} };

test('options have defaults, and each mistake is told in one sentence', async () => {
  expect(readBesideOptions({})).toEqual({ only: null, pairs: 3, seconds: 5, warmUpSeconds: 20 });
  const given = { only: 'window', pairs: '1', seconds: '2', 'warm-up': '0' };
  expect(readBesideOptions(given)).toEqual({ only: 'window', pairs: 1, seconds: 2, warmUpSeconds: 0 });
  const mistakes = [
    [
      { only: 'windows' },
      '--only windows: there is no such work; there are keys-10k, keys-10k-aggregates, keys-10k-values, keys-1m, keys-1m-no-checkpoints, window, strings, latency',
    ],
    [{ pairs: '0' }, '--pairs 0: expected a whole number from 1 to 100'],
    [{ seconds: '1.5' }, '--seconds 1.5: expected a whole number from 1 to 600'],
    [{ 'warm-up': '' }, '--warm-up : expected a whole number from 0 to 600'],
  ] as const;
  for (const [wrong, sentence] of mistakes) expect(() => readBesideOptions(wrong)).toThrow(sentence);
  await expect(main(['--pairs', '3'], silent)).rejects.toThrow('--pairs goes with --beside-flink');
  await expect(main(['--beside-flink', '--real'], silent)).rejects.toThrow('--real and --beside-flink: one at a time');
});

const answers =
  (known: { readonly [program: string]: { readonly ok: boolean; readonly text: string } }): Run =>
  (program) =>
    known[program] ?? null;
const java = { ok: true, text: 'openjdk version "17.0.15" 2025-04-15' };

test('what is missing is said', () => {
  const mvn = { ok: true, text: 'Apache Maven' };
  expect(missing('linux', answers({ java, mvn }))).toBeNull();
  expect(missing('darwin', answers({ java, mvn }))).toBe(
    "the CPU time of Flink's processes is read from /proc, which darwin does not have",
  );
  expect(missing('linux', answers({ mvn }))).toBe("there is no java on the PATH; Flink's jobs need version 17");
  const old = { ok: true, text: 'java version "1.8.0_292"' };
  expect(missing('linux', answers({ java: old, mvn }))).toBe("java is 1; Flink's jobs need version 17");
  expect(missing('linux', answers({ java }))).toBe('there is no mvn on the PATH, which fetches Flink');
});

test('a registry that cannot be reached is a reason to skip, and leaves nothing that looks built', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-toolchain-'));
  const text =
    '[ERROR] Failed to execute goal: Could not transfer artifact x from central: no route to host\n[ERROR] -> [Help 1]\n';
  const asked: string[] = [];
  const mvn: Run = (_, given) => {
    asked.push(given.includes('-o') ? 'offline' : 'online');
    return { ok: false, text };
  };
  try {
    for (const _ of [1, 2])
      expect(buildToolchain(folder, mvn)).toEqual({
        ok: false,
        reason:
          'Maven could not build bench/flink: Failed to execute goal: Could not transfer artifact x from central: no route to host',
      });
    expect(asked).toEqual(['offline', 'online', 'offline', 'online']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

for (const name of ['keys-10k', 'keys-10k-aggregates', 'keys-10k-values', 'window', 'strings'] as const)
  test(`what Millrace computes of ${name} is what a count of the records says`, async () => {
    const { job } = works[name];
    const size = { ...comparedSize(works[name]), recordsPerSplit: 20_000 };
    const expected = expectedResults(job, size);
    const millrace = await resultsOfMillrace({ job, size, checkpointIntervalMs: 200, bufferTimeoutMs: 100 });
    expect(differenceOf({ millrace, flink: expected }, expected)).toBeNull();
    expect(millrace.size).toBe(
      { 'keys-10k': 10_000, 'keys-10k-aggregates': 10_000, 'keys-10k-values': 10_000, window: 20_000, strings: 10_000 }[
        name
      ],
    );
  });

test('each difference between results is found', () => {
  const expected = new Map([['a', [1, 2]]]);
  const difference = (millrace: [string, number[]][], flink: [string, number[]][]) =>
    differenceOf({ millrace: new Map(millrace), flink: new Map(flink) }, expected);
  expect(difference([['a', [1, 2]]], [['a', [1, 2]]])).toBeNull();
  expect(difference([['a', [1, 3]]], [['a', [1, 2]]])).toBe('Millrace has 1 3 for a, right is 1 2');
  expect(difference([['a', [1, 2]]], [])).toBe('Flink has nothing for a, right is 1 2');
  const more: [string, number[]][] = [
    ['a', [1, 2]],
    ['b', [1, 2]],
  ];
  expect(difference(more, more)).toBe('Millrace has a result for b, which no record has');
});

test('there are 10,000 words of 3 to 12 letters', () => {
  expect(new Set(words).size).toBe(10_000);
  expect(new Set(words.map(({ length }) => length))).toEqual(new Set([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]));
  for (const word of words) expect(word).toMatch(/^[a-z]{3,12}$/);
});

const noJava = missingJava();

test.skipIf(noJava !== null)(`Java makes the same records (${noJava ?? 'java is there'})`, () => {
  const [keys, recordsPerMs, split, first, count] = [10_000, 10, 1, 123_456_789, 10_000];
  const { stdout, stderr } = spawnSync('java', [FORMULA, ...[keys, recordsPerMs, split, first, count].map(String)], {
    encoding: 'utf8',
  });
  const lines = timedFrom(split, first, count, { keys, recordsPerMs }).map(
    ({ key, value, at }) => `${key} ${value} ${at} ${words[key]}`,
  );
  expect(stderr).toBe('');
  expect(stdout.trimEnd().split('\n')).toEqual(lines);
});

test('the board is read as tasks write it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-board-'));
  try {
    const board = new Board(join(folder, 'board'));
    const file = openSync(board.path, 'r+');
    const write = (at: number, ...numbers: readonly bigint[]): void => {
      writeSync(file, Buffer.from(BigInt64Array.from(numbers).buffer), 0, numbers.length * 8, at);
    };
    const latencies = (subtask: number): number => 4_096 + subtask * (8 + 4 * 65_536);
    write(64, 70n, 8n);
    expect(board.records()).toBe(78);
    write(latencies(1), 2n, 5n + (6n << 32n));
    expect(board.takeLatencies()).toEqual([5, 6]);
    expect(board.takeLatencies()).toEqual([]);
    write(latencies(1), 65_537n + 2n); // once around: what was overwritten is gone
    expect(board.takeLatencies()).toHaveLength(65_536);
    closeSync(file);
    board.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the tables have a line for each work, and say what it is', () => {
  const measured: WorkMeasured = {
    millrace: 0.5,
    flink: 0.25,
    ratio: 2,
    ratios: [1.5, 2, 3],
    recordsPerSecond: { millrace: 1_000_000, flink: 2_000_000 },
    checkpointP95Ms: { millrace: 12.3, flink: null },
    taskManagerMb: { millrace: 170, flink: 640 },
    level: { millrace: true, flink: false },
  };
  const lines = besideLines(
    {
      besideFlink: { 'keys-10k': measured, strings: measured },
      latencyBesideFlink: [{ bufferTimeoutMs: 1, p50Ms: { millrace: 1, flink: 2 }, p99Ms: { millrace: 3, flink: 4 } }],
      load: [1, 2],
    },
    readBesideOptions({}),
  ).join('\n');
  expect(lines).toMatch(
    /^strings +2\.00 +1\.50–3\.00 +0\.500 \/ 0\.250 +1,000,000 \/ 2,000,000 +12 ms \/ – +170 \/ 640 MB$/m,
  );
  expect(lines).toMatch(/^50,000 records\/s, buffer timeout 1 ms +1\.0 ms +2\.0 ms +3\.0 ms +4\.0 ms$/m);
  expect(lines).toContain('keys-10k: count and sum, 10,000 keys, by row views and declared state');
  expect(lines.match(/Flink was not level/g)).toHaveLength(2);
  expect(workNames).toHaveLength(7);
});
