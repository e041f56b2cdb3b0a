// An int64 through every border: source, mapAsync, key, state, window, snapshot, restore, rescaling, sink, JSON lines, trace, report, tape, real processes.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { reportOf } from '../../src/cli/sim/report-file.ts';
import { runSeed, setUp } from '../../src/cli/sim/run-seed.ts';
import { hashOf } from '../../src/cli/sim/plan.ts';
import { saveTape, tapeOf } from '../../src/cli/sim/tape.ts';
import { currentVersion } from '../../src/cli/sim/version.ts';
import { parseJson, type NumberPlaces } from '../../src/core/base/parse-json.ts';
import { dataFromJson, dataToJson } from '../../src/run/data-json.ts';
import { outputText } from '../../src/scenario/output-text.ts';
import type { JobRunResult } from '../../src/sim/cluster/run-types.ts';
import { repository, sim } from '../cli/run-cli.ts';
import { digits, type Counted, type Kept } from './int64-values.ts';

const file = join(repository, 'test', 'chaos', 'int64-values.ts');
const folder = mkdtempSync(join(tmpdir(), 'millrace-int64-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ids = digits.map(BigInt);
const items = { items: 'int64' } as const;
const declared: NumberPlaces = { fields: { id: 'int64', mixed: 'int64', list: items, ids: items } };

function idsIn(records: readonly unknown[] | undefined): ReadonlySet<bigint> {
  return new Set(
    (records as readonly (Kept | Counted)[]).flatMap((record) => ('ids' in record ? record.ids : [record.id])),
  );
}

test('in the simulator, with faults and rescaling', { timeout: 120_000 }, async () => {
  const setup = await setUp({ file, hash: await hashOf(file), set: {}, faults: 'scenario' });
  const lines: string[] = [];
  for (const seed of [8, 16, 1, 2]) {
    const { result } = runSeed(setup, seed, seed === 1 ? { onTrace: (line) => void lines.push(line) } : {}); // 8 and 16 are strict
    expect(result.verdict, result.sentence ?? '').toBe('pass');
    const { committed } = result as JobRunResult;
    expect(idsIn(committed['kept'])).toEqual(new Set(ids));
    expect(idsIn(committed['counted'])).toEqual(new Set(ids));
    for (const line of outputText({}, committed).trimEnd().split('\n'))
      expect(parseJson(line, declared)).toMatchObject({
        ok: true,
        value: { id: expect.any(BigInt) },
      });
  }
  expect(lines.some((line) => line.includes('{"$int64":"-9223372036854775808"}'))).toBe(true);
});

test('its trace, its report, and its tape', { timeout: 120_000 }, async () => {
  const setup = await setUp({ file, hash: await hashOf(file), set: {}, faults: 'scenario' });
  const run = runSeed(setup, 3);
  expect(run.result.verdict, run.result.sentence ?? '').toBe('pass');
  const html = await reportOf(setup, { run, entries: run.entries, inputLimits: {} }, { story: null, commands: [] });
  expect(html?.length).toBeGreaterThan(10_000);
  const path = join(folder, 'int64.tape');
  saveTape(tapeOf(setup, run, {}, currentVersion()), path);
  const { stdout } = await sim(`--replay ${path}`);
  expect(stdout).toContain('the same run as on the tape, event by event');
});

test('on real processes', { timeout: 180_000 }, async () => {
  const words = [
    join(repository, 'src', 'cli', 'millrace.ts'),
    'real',
    '--scenario',
    file,
    '--seed',
    '990302',
    '--json',
  ];
  const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: repository });
  const { verdict, output } = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  expect(verdict).toBe('pass');
  const path = join(repository, String(output));
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  rmSync(path);
  const found = lines.map((line) => parseJson(line, declared)).map((one) => (one.ok ? one.value : null));
  expect(new Set((found as unknown as readonly Kept[]).map(({ id }) => id))).toEqual(new Set(ids));
});

test.each([...ids, [1n, { a: new Map([[-1n, new BigInt64Array([5n])]]) }]])('%o as data in one line', (value) => {
  expect(dataFromJson(dataToJson(value))).toEqual(value);
});
