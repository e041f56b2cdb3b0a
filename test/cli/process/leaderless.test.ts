// A TaskManager without a leader warns, each time after a longer pause; with one, it says so once, and only if it warned.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { tellLeaderless } from '../../../src/cli/process/leaderless.ts';
import type { Leader } from '../../../src/core/leadership/leader-watch.ts';

const LEADER: Leader = { epoch: 3, address: '127.0.0.1:6123' };
let leader: Leader | null = null;
let said: { readonly level: string; readonly message: string }[] = [];
const log = {
  say: (_: string, message: string, level = 'info') => void said.push({ level, message }),
};

beforeEach(() => {
  vi.useFakeTimers();
  [leader, said] = [null, []];
});
afterEach(() => void vi.useRealTimers());

test('it warns after 5 s, then after pauses that grow to 5 minutes, and tells the leader', () => {
  tellLeaderless('/wrong/ha', () => leader, log);
  vi.advanceTimersByTime(4_900);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(said).toEqual([
    {
      level: 'warn',
      message: 'no leader in /wrong/ha for 5 s: no JobManager runs there, or it is another folder',
    },
  ]);
  vi.advanceTimersByTime(1_495_000);
  const warnedAfter = said.map(({ message }) => Number(/for (\d+) s/.exec(message)?.[1]));
  expect(warnedAfter).toEqual([5, 10, 20, 40, 80, 160, 320, 620, 920, 1_220]);
  leader = LEADER;
  vi.advanceTimersByTime(3_600_000);
  expect(said.slice(10)).toEqual([
    { level: 'info', message: 'follows the leader 127.0.0.1:6123, epoch 3, after 1501 s' },
  ]);
  expect(vi.getTimerCount()).toBe(0);
});

test('a leader that is there soon is no news, and a process that ends says nothing more', () => {
  tellLeaderless('/right/ha', () => leader, log);
  const end = tellLeaderless('/wrong/ha', () => null, log);
  vi.advanceTimersByTime(3_000);
  leader = LEADER;
  end();
  vi.advanceTimersByTime(60_000);
  expect(said).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});
