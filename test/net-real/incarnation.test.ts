// Incarnations rise, whatever the clock does, and a process does not start with one that it may have had.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nextIncarnation } from '../../src/net-real/incarnation.ts';

let folder = '';
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'millrace-incarnation-'))));
afterEach(() => rmSync(folder, { recursive: true }));

test('it is the wall clock, or one more than the last where the clock stands or goes back', () => {
  const work = join(folder, 'not', 'there', 'yet');
  expect([1_000.7, 1_000, 400, 2_000].map((wallNow) => nextIncarnation(work, wallNow))).toEqual([
    1_000, 1_001, 1_002, 2_000,
  ]);
  expect(readdirSync(work)).toEqual(['incarnation']);
  expect(readFileSync(join(work, 'incarnation'), 'utf8')).toBe('millrace-incarnation 1 2000\n');
});

test.each([
  '',
  'millrace-incarnation 1 12',
  'millrace-incarnation 2 12\n',
  '12\n',
  'millrace-incarnation 1 9999999999999999\n',
])('a file that says %j is refused', (text) => {
  writeFileSync(join(folder, 'incarnation'), text);
  expect(() => nextIncarnation(folder, 5)).toThrow('holds no incarnation of version 1');
  expect(readFileSync(join(folder, 'incarnation'), 'utf8')).toBe(text);
});

test('a file that was not finished by a process that died is replaced', () => {
  nextIncarnation(folder, 5);
  writeFileSync(join(folder, 'incarnation.new'), 'millr');
  expect(nextIncarnation(folder, 5)).toBe(6);
});
