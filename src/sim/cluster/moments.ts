// Moments of a run of a job, each true from then on: between two of them an explorer looks at everything. They look at nothing but states.
import type { JobManagerState } from '../../core/jobmanager/state.ts';
import { checkpointsKey } from '../../core/protocol/ha-keys.ts';
import { NEVER } from '../../core/base/machine.ts';
import type { Moments } from '../guest.ts';
import type { WorldView } from '../observation.ts';
import { readPointers } from '../oracles/decode.ts';
import { haOf, sinksOf } from '../oracles/service-views.ts';

export function momentsOf(jobIds: readonly string[], isFinished: (view: WorldView) => boolean): Moments {
  const everyJob = (holds: (view: WorldView, jobId: string) => boolean) => (view: WorldView) =>
    jobIds.every((jobId) => holds(view, jobId));
  const completed = (count: number) => everyJob((view, jobId) => lastCheckpoint(view, jobId) >= count);
  return {
    begin: () => true,
    running: everyJob(isRunning),
    'first-trigger': everyJob((view, jobId) => lastTrigger(view, jobId) >= 1),
    'first-checkpoint': completed(1),
    'first-commit': (view) => completed(1)(view) && isCommitted(view),
    'second-trigger': everyJob((view, jobId) => lastTrigger(view, jobId) >= 2),
    'second-checkpoint': completed(2),
    finished: isFinished,
  };
}

/** All tasks of the job run, as its leader knows. */
function isRunning(view: WorldView, jobId: string): boolean {
  return coordinatorsOf(view, jobId).some(({ triggerAt }) => triggerAt !== NEVER) || lastTrigger(view, jobId) > 0;
}

function lastTrigger(view: WorldView, jobId: string): number {
  const pending = coordinatorsOf(view, jobId).flatMap((coordinator) => [...coordinator.pending.keys()]);
  return Math.max(0, lastCheckpoint(view, jobId), ...pending);
}

function coordinatorsOf(view: WorldView, jobId: string) {
  return view.nodes().flatMap(({ role, state }) => {
    if (role !== 'job-manager') return [];
    const job = (state as JobManagerState).leader?.jobs.get(jobId);
    return job === undefined ? [] : [job.coordinator];
  });
}

/** The newest durable checkpoint; 0 if there is none. */
function lastCheckpoint(view: WorldView, jobId: string): number {
  const entry = haOf(view).entries.get(checkpointsKey(jobId));
  const pointers = entry === undefined ? null : readPointers(entry.value);
  return pointers?.ok === true ? (pointers.value.completed.at(-1)?.checkpointId ?? 0) : 0;
}

/** Something is committed, and nothing that was prepared waits for it. */
function isCommitted(view: WorldView): boolean {
  const sinks = [...sinksOf(view).sinks.values()];
  return sinks.some(({ committed }) => committed.length > 0) && sinks.every(({ prepared }) => prepared.size === 0);
}
