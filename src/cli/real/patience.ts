// How long the jobs of a real run may take, computed as in the simulator: what takes longer will not end. Pure.
import type { ClientRequest } from '../../core/client/client.ts';
import type { ClusterOptions } from '../../core/protocol/cluster-options.ts';
import { readingMs } from '../../scenario/input.ts';
import { slotsNeeded } from '../../scenario/jobs.ts';
import type { Topics } from '../../scenario/input.ts';
import type { PlannedClient } from './client-plans.ts';
import type { JobsOfRun } from './jobs/ends.ts';

const STARTING_MS = 15_000; // on a machine that is busy with something else
const FACTOR = 3; // as in the simulator's bound of liveness

/** From the moment on at which all processes are up, in ms. */
export function patienceMs(
  run: JobsOfRun,
  clients: readonly PlannedClient[],
  topics: Topics,
  options: ClusterOptions,
): number {
  const { jobs, slots } = run;
  const { heartbeatTimeoutMs, checkpointTimeoutMs, deployTimeoutMs, leaseMs } = options;
  const timeout = Math.max(heartbeatTimeoutMs, checkpointTimeoutMs, deployTimeoutMs, leaseMs);
  const recoveryMs = FACTOR * (timeout + options.restartDelayMaxMs + options.checkpointIntervalMs);
  const inTurn = 1 + jobs.filter(({ follows }) => follows !== null).length;
  const failing = jobs.filter(({ ends }) => ends !== null).length;
  const attemptMs = options.userCodeTimeoutMs + timeout + options.restartDelayMaxMs;
  const reading = jobs.reduce((sum, { job }) => sum + readingMs(job, topics), 0);
  const slotsMs = slotsNeeded(jobs) > slots ? options.slotWaitTimeoutMs : 0;
  const lastBegin = Math.max(0, ...clients.map(({ beginsAtMs }) => beginsAtMs));
  const failuresMs = failing * options.jobFailuresMax * attemptMs;
  return STARTING_MS + lastBegin + inTurn * recoveryMs + failuresMs + slotsMs + 2 * reading;
}

/** How long it takes without any fault until jobs have read their input, or are stopped or cancelled; from that moment on, in ms. */
export function plainMs({ jobs }: JobsOfRun, clients: readonly PlannedClient[], topics: Topics): number {
  const ends = jobs.map(({ jobId, job }) => {
    const begins = beginsOf(clients, (request) => request.kind === 'submit' && request.jobId === jobId);
    const stops = beginsOf(clients, ({ kind, ...request }) => {
      return (kind === 'cancel' || kind === 'stop') && 'jobId' in request && request.jobId === jobId;
    });
    return Math.min(Math.min(...begins) + readingMs(job, topics), ...stops);
  });
  return Math.max(...ends);
}

/** Of clients that ask for such a thing. */
function beginsOf(clients: readonly PlannedClient[], isIt: (request: ClientRequest) => boolean): readonly number[] {
  return clients.filter(({ requests }) => requests.some(isIt)).map(({ beginsAtMs }) => beginsAtMs);
}
