// Where the heap of a TaskManager is short: V8 gives up when the old generation is full, and tells the limit of both.
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { oldGenerationLimit, semiSpaceMaxMb } from '../../src/net-real/poison/heap-watch.ts';

const MB = 1_048_576;

test.each([
  ['a small heap, of which the young generation is a large part', 256, 32, 160],
  ['a large one', 4_192, 32, 4_096],
  ['smaller semi-spaces', 184, 8, 160],
  ['an older Node, with half as much: too little, and never less than half of it', 96, 32, 48],
])('%s', (_, limitMb, semiSpaceMb, oldMb) => {
  expect(oldGenerationLimit(limitMb * MB, semiSpaceMb)).toBe(oldMb * MB);
});

test('flags of V8 are written both ways, and the last one counts', () => {
  expect(semiSpaceMaxMb(['--max-old-space-size=160'])).toBe(32);
  expect(semiSpaceMaxMb(['--max-semi-space-size=8', '--max_semi_space_size=4'])).toBe(4);
});

test.each([[[]], [['--max-semi-space-size=8']]])('this Node counts so, with %j', (flags) => {
  const code = 'console.log(v8.getHeapStatistics().heap_size_limit)';
  const limit = Number(execFileSync(process.execPath, ['--max-old-space-size=160', ...flags, '-e', code], { env: {} }));
  expect(oldGenerationLimit(limit, semiSpaceMaxMb(flags))).toBe(160 * MB);
});
