// Output equals input, value for value, in both worlds: through sources, wire, keyed state, snapshots, restarts and sinks.
import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeInt64, isKeptByJson, jsonOf } from '../../src/core/base/json-value.ts';
import { parseJson } from '../../src/core/base/parse-json.ts';
import type { Value } from '../../src/core/base/value.ts';
import { anyValue } from '../core/base/values.ts';
import { repository } from '../cli/run-cli.ts';
import { runSeed } from '../sim/cluster/lab.ts';
import { all, awkward, outputOf, scenarioOf } from './exact-values.ts';

/** By their JSON, which tells all of them apart. */
function sorted(values: readonly Value[]): readonly Value[] {
  return values.toSorted((a, b) => (jsonOf(a) < jsonOf(b) ? -1 : 1));
}

const shown = (value: Value): string => jsonOf(value).slice(0, 200);

function expectExact(found: readonly Value[], values: readonly Value[]): void {
  const [left, right] = [sorted(found), sorted(outputOf(values))];
  expect(left.map(shown)).toEqual(right.map(shown));
  expect(isDeepStrictEqual(left, right)).toBe(true); // tells -0 from 0
}

function committedIn(values: readonly Value[], seed: number): readonly Value[] {
  const result = runSeed(scenarioOf(values), seed, { checks: 'strict' });
  expect(result.verdict, result.sentence ?? '').toBe('pass');
  return result.committed['out'] ?? [];
}

test('in the simulator, with faults, everything through the codecs', () => {
  expectExact(committedIn(all, 1), all);
});

test('any values, in the simulator', () => {
  const kept = fc.oneof(
    anyValue.filter((value) => isKeptByJson(value) && describeInt64(value) === null),
    fc.constantFrom(...awkward.filter(isShort)),
  );
  fc.assert(
    fc.property(fc.array(kept, { maxLength: 60 }), fc.nat(1_000_000), (values, seed) => {
      expectExact(committedIn(values, seed), values);
    }),
    { numRuns: 10 },
  );
});

const isShort = (value: Value): boolean => typeof value !== 'string' || value.length < 1_000;

test('on real processes, one of which is killed', { timeout: 180_000 }, async () => {
  const main = join(repository, 'src', 'cli', 'millrace.ts');
  const file = join(repository, 'test', 'chaos', 'exact-values.ts');
  const words = [main, 'real', '--scenario', file, '--seed', '990301', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: repository });
  const { verdict, strikes, output } = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  expect({ verdict, strikes }).toMatchObject({ verdict: 'pass', strikes: [{}] });
  const path = join(repository, String(output));
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  rmSync(path);
  expectExact(lines.map(readLine), all);
});

function readLine(line: string): Value {
  const parsed = parseJson(line);
  if (parsed.ok) return parsed.value;
  throw new Error(parsed.reason);
}
