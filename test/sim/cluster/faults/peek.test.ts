// What a fault would hit: a job is there to be hit from its acceptance until it is cleaned up, a leader as long as it has something to do for one.
import { expect, test } from 'vitest';
import { createLeader, type Leader } from '../../../../src/core/jobmanager/state.ts';
import { beginCleanUp } from '../../../../src/core/jobmanager/clean-up.ts';
import { jobKey, resultKey } from '../../../../src/core/protocol/ha-keys.ts';
import { encodeResult } from '../../../../src/core/protocol/records-codec.ts';
import { isJobAlive, isLeadingJob, isNothingStored } from '../../../../src/sim/cluster/faults/peek.ts';
import type { WorldView } from '../../../../src/sim/observation.ts';
import { ENDED } from '../../../core/jobmanager/sample-job.ts';

const result = (clean: boolean): Uint8Array =>
  encodeResult({ jobId: 'job-1', ...ENDED, status: 'FINISHED', reason: null, clean });

function viewOf(stored: Readonly<Record<string, Uint8Array>>, leader: Leader | null = null): WorldView {
  const entries = new Map(Object.entries(stored).map(([key, value], index) => [key, { value, revision: index + 1 }]));
  const node = { address: 'jm-1', role: 'job-manager', status: 'running', state: { leader } };
  return { service: () => ({ entries }), nodes: () => [node], node: () => node } as unknown as WorldView;
}

test.each<[string, Readonly<Record<string, Uint8Array>>, boolean]>([
  ['nothing is stored', {}, false],
  ['it is durable', { [jobKey('job-1')]: Uint8Array.of(1) }, true],
  ['its result is durable', { [jobKey('job-1')]: Uint8Array.of(1), [resultKey('job-1')]: result(false) }, true],
  ['all but its result is deleted', { [resultKey('job-1')]: result(false) }, true],
  ['its result is clean', { [resultKey('job-1')]: result(true) }, false],
])('a job is alive or not when %s', (_, stored, alive) => {
  expect(isJobAlive(viewOf(stored))).toBe(alive);
  expect(isNothingStored(viewOf(stored))).toBe(Object.keys(stored).length === 0);
});

test('a leader that cleans up is worth a fault, one with nothing to do is none', () => {
  const leader = createLeader(1);
  expect(isLeadingJob(viewOf({}, leader), 'jm-1')).toBe(false);
  beginCleanUp(leader, 'job-1');
  expect(isLeadingJob(viewOf({}, leader), 'jm-1')).toBe(true);
});
