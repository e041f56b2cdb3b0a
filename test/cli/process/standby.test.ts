// A JobManager that does not lead says why once, and again when that changes.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { tellStandby } from '../../../src/cli/process/standby.ts';
import { createElection, type Election } from '../../../src/core/jobmanager/election-state.ts';

let election: Election = createElection();
let answeredAt: number | null = null; // null: it answers at any time
let said: { readonly level: string; readonly message: string }[] = [];
const log = { say: (_: string, message: string, level = 'info') => void said.push({ level, message }) };
const standing = {
  address: '10.0.0.9:6123',
  election: () => election,
  haAnsweredAt: () => answeredAt ?? performance.now(),
  leaseRenewIntervalMs: 500,
};

beforeEach(() => {
  vi.useFakeTimers();
  [election, answeredAt, said] = [createElection(), null, []];
});
afterEach(() => void vi.useRealTimers());

const messages = (): readonly string[] => said.map(({ level, message }) => `${level} ${message}`);

test('whom it stands by for is told once, and again when it is another leader or epoch', () => {
  const end = tellStandby('/ha', standing, log);
  vi.advanceTimersByTime(10_000);
  expect(said).toEqual([]); // nobody led yet
  Object.assign(election, { seenEpoch: 3, seenAddress: '10.0.0.1:6123' });
  vi.advanceTimersByTime(60_000);
  expect(messages()).toEqual(['info stands by: 10.0.0.1:6123 leads with epoch 3']);
  Object.assign(election, { role: 'LEADING' });
  vi.advanceTimersByTime(60_000);
  Object.assign(election, { role: 'STANDBY', seenEpoch: 5 });
  vi.advanceTimersByTime(60_000);
  expect(messages().slice(1)).toEqual(['info stands by: 10.0.0.1:6123 leads with epoch 5']);
  Object.assign(election, { seenEpoch: 6, seenAddress: standing.address }); // it led itself, and lost the lease
  vi.advanceTimersByTime(60_000);
  expect(said).toHaveLength(2);
  Object.assign(election, { seenEpoch: 7, seenAddress: '10.0.0.1:6123', seenResigned: true });
  vi.advanceTimersByTime(60_000);
  expect(said).toHaveLength(2);
  end();
  expect(vi.getTimerCount()).toBe(0);
});

test('an HA service that does not answer is told once, with the time; and that it answers again', () => {
  tellStandby('/ha', standing, log);
  Object.assign(election, { seenEpoch: 3, seenAddress: '10.0.0.1:6123' });
  vi.advanceTimersByTime(1_000);
  answeredAt = performance.now();
  vi.advanceTimersByTime(4_500);
  expect(said).toHaveLength(1);
  vi.advanceTimersByTime(120_000);
  expect(messages().slice(1)).toEqual(['warn cannot lead: its HA service in /ha has not answered for 5 s']);
  answeredAt = null;
  vi.advanceTimersByTime(500);
  expect(messages().slice(2)).toEqual([
    'info its HA service in /ha answers again, after 125 s',
    'info stands by: 10.0.0.1:6123 leads with epoch 3',
  ]);
});

test('a leader whose HA service falls silent is told of, too', () => {
  Object.assign(election, { role: 'LEADING', seenEpoch: 3 });
  answeredAt = performance.now();
  tellStandby('/ha', standing, log);
  vi.advanceTimersByTime(6_000);
  expect(messages()).toEqual(['warn cannot go on leading: its HA service in /ha has not answered for 5 s']);
});

test('one that is asked seldom is silent only when it was asked some times', () => {
  answeredAt = performance.now();
  tellStandby('/ha', { ...standing, leaseRenewIntervalMs: 10_000 }, log);
  vi.advanceTimersByTime(29_500);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(500);
  expect(messages()).toEqual(['warn cannot lead: its HA service in /ha has not answered for 30 s']);
});
