// A file that somebody else adds to is emptied when it is full; the one who adds goes on in it.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { emptyIfFull, keepBounded } from '../../../src/cli/cluster/bounded-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());
afterAll(() => rmSync(folder, { recursive: true }));

test('what was in a full file is kept once, and who has it open goes on at its new beginning', () => {
  const path = join(folder, 'tm-1.stderr');
  const descriptor = openSync(path, 'a');
  writeSync(descriptor, 'a'.repeat(100));
  expect(emptyIfFull(path, 100)).toBeNull();
  writeSync(descriptor, 'b');
  expect(emptyIfFull(path, 100)).toEqual({ older: `${path}.1`, sizeBytes: 101 });
  writeSync(descriptor, 'last words');
  expect(readFileSync(path, 'utf8')).toBe('last words');
  expect(readFileSync(`${path}.1`, 'utf8')).toBe(`${'a'.repeat(100)}b`);
  writeSync(descriptor, 'c'.repeat(100));
  emptyIfFull(path, 100);
  expect(statSync(`${path}.1`).size).toBe(110);
  closeSync(descriptor);
});

test('it is looked at each second, until nobody wants it any more; one that is not there is no mistake', () => {
  const path = join(folder, 'tm-2.stderr');
  const told: unknown[] = [];
  const end = keepBounded([path, join(folder, 'none')], (...words) => told.push(words), 5);
  vi.advanceTimersByTime(2_000);
  const descriptor = openSync(path, 'a');
  writeSync(descriptor, 'more than five');
  vi.advanceTimersByTime(1_000);
  expect(told).toEqual([[path, { older: `${path}.1`, sizeBytes: 14 }]]);
  writeSync(descriptor, 'once more');
  end();
  vi.advanceTimersByTime(5_000);
  expect(told).toHaveLength(1);
  expect(statSync(path).size).toBe(9);
  closeSync(descriptor);
});
