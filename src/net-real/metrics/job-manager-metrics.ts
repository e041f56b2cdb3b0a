// What the state of a JobManager tells: whether it leads, and, of a leader, the cluster and each job.
import type { JobManagerState, JobMaster, Leader } from '../../core/jobmanager/state.ts';
import type { MetricName, Sample } from './table.ts';
import { counted } from './tally.ts';

const MS = 1_000;

export function jobManagerSamples({ leader }: JobManagerState): readonly Sample[] {
  const leads: Sample = { name: 'millrace_jobmanager_leader', labels: [], value: leader === null ? 0 : 1 };
  return leader === null ? [leads] : [leads, ...leaderSamples(leader)];
}

function leaderSamples({ epoch, taskManagers, jobs, results }: Leader): readonly Sample[] {
  const managers = [...taskManagers.values()];
  const statuses = [...jobs.values(), ...results.values()].map(({ status }) => status);
  return [
    { name: 'millrace_jobmanager_epoch', labels: [], value: epoch },
    { name: 'millrace_cluster_taskmanagers', labels: [], value: managers.length },
    ...counted(
      'millrace_cluster_slots',
      managers.flatMap(({ slots }) => slots.map(({ state }) => state)),
    ),
    ...counted('millrace_jobs', statuses),
    ...[...jobs.values()].flatMap(jobSamples),
  ];
}

function jobSamples({ jobId, graph, attempt, executions, coordinator }: JobMaster): readonly Sample[] {
  const ofJob = [jobId, graph.name];
  const sample = (name: MetricName, value: number): Sample => ({ name, labels: ofJob, value });
  const { completed, failed, restored, latestCompleted } = coordinator.statistics;
  return [
    sample('millrace_job_attempt', attempt),
    ...counted(
      'millrace_job_tasks',
      executions.map(({ state }) => state),
      ofJob,
    ),
    sample('millrace_job_checkpoints_completed_total', completed),
    sample('millrace_job_checkpoints_failed_total', failed),
    sample('millrace_job_checkpoints_in_progress', coordinator.pending.size),
    sample('millrace_job_restores_total', restored),
    ...(latestCompleted === null
      ? []
      : [
          sample('millrace_job_last_checkpoint_id', latestCompleted.id),
          sample('millrace_job_last_checkpoint_seconds', latestCompleted.endToEndDurationMs / MS),
          sample('millrace_job_last_checkpoint_bytes', latestCompleted.stateSizeBytes),
          sample(
            'millrace_job_last_checkpoint_alignment_seconds',
            Math.max(0, ...latestCompleted.subtasks.map(({ alignmentDurationMs }) => alignmentDurationMs)) / MS,
          ),
        ]),
  ];
}
