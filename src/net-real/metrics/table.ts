// All metrics, each with its meaning: what is told of a process is a sample of one of these, and the document of metrics is made of this table.

/** `counter`: only rises while its labels stay the same. `gauge`: as it is at the moment of the question. */
export type MetricKind = 'counter' | 'gauge';

export interface MetricSpec {
  readonly kind: MetricKind;
  readonly unit: 'records' | 'elements' | 'bytes' | 'seconds' | 'steps' | 'messages' | 'count' | 'bool' | 'id';
  readonly labels: readonly string[];
  readonly about: string;
}

const TASK = ['job_id', 'vertex', 'subtask', 'attempt'];
const OPERATOR = [...TASK, 'operator'];
const JOB = ['job_id', 'job'];

const ofTask = (kind: MetricKind, unit: MetricSpec['unit'], about: string, labels = TASK): MetricSpec => ({
  kind,
  unit,
  labels,
  about,
});
const ofJob = (kind: MetricKind, unit: MetricSpec['unit'], about: string, labels = JOB): MetricSpec => ({
  kind,
  unit,
  labels,
  about,
});
const ofProcess = (
  kind: MetricKind,
  unit: MetricSpec['unit'],
  about: string,
  labels: readonly string[] = [],
): MetricSpec => ({ kind, unit, labels, about });

export const metricTable = {
  // ---- Each process
  millrace_steps_total: ofProcess('counter', 'steps', 'inputs that the machine of the process took'),
  millrace_inbox_length: ofProcess('gauge', 'messages', 'inputs that wait for the machine'),
  millrace_inbox_bytes: ofProcess('gauge', 'bytes', 'messages that wait for the machine, by class', ['class']),
  millrace_sent_bytes_total: ofProcess('counter', 'bytes', 'frames handed to connections, by class', ['class']),
  millrace_received_bytes_total: ofProcess('counter', 'bytes', 'frames taken from connections, by class', ['class']),

  // ---- A TaskManager
  millrace_taskmanager_registered: ofProcess('gauge', 'bool', '1 while a leader knows this TaskManager'),
  millrace_taskmanager_slots: ofProcess('gauge', 'count', 'slots, by what is done with them', ['state']),
  millrace_task_records_in_total: ofTask('counter', 'records', 'taken from the channels of the task'),
  millrace_task_records_out_total: ofTask('counter', 'records', 'handed to the channels of the task'),
  millrace_task_received_bytes_total: ofTask(
    'counter',
    'bytes',
    'frames with records for the task; what comes from the same process is never encoded, and is not in it (Flink counts it)',
  ),
  millrace_task_sent_bytes_total: ofTask(
    'counter',
    'bytes',
    'frames with records of the task; what goes to the same process is never encoded, and is not in it (Flink counts it)',
  ),
  millrace_task_late_records_dropped_total: ofTask('counter', 'records', 'came when their window was over', OPERATOR),
  millrace_task_source_position: ofTask('gauge', 'records', 'position of the next record of a split of the source', [
    ...OPERATOR,
    'split',
  ]),
  millrace_task_watermark_seconds: ofTask(
    'gauge',
    'seconds',
    'event time of the task, as Unix time; none before the first and behind the last',
  ),
  millrace_task_watermark_lag_seconds: ofTask('gauge', 'seconds', 'wall clock of the process less the watermark'),
  millrace_task_input_queue_length: ofTask(
    'gauge',
    'elements',
    'batches, watermarks and barriers that came and were not taken yet',
  ),
  millrace_task_output_queue_length: ofTask(
    'gauge',
    'elements',
    'batches, watermarks and barriers that wait for credit',
  ),
  millrace_task_busy_seconds_total: ofTask(
    'counter',
    'seconds',
    'of its own steps, of waiting for calls while as many are in flight as may be, and a share of the time in which it had something to do and waited for its turn',
  ),
  millrace_task_idle_seconds_total: ofTask('counter', 'seconds', 'in which nothing was there to be taken'),
  millrace_task_backpressured_seconds_total: ofTask('counter', 'seconds', 'in which an output or the sink had no room'),
  millrace_task_state_entries: ofTask('gauge', 'count', 'keys, or keys with windows, in the keyed state', OPERATOR),

  millrace_task_calls_in_flight: ofTask('gauge', 'count', 'calls of mapAsync that have no answer yet', OPERATOR),
  millrace_task_calls_capacity: ofTask('gauge', 'count', 'calls of mapAsync that may wait at a time', OPERATOR),
  millrace_task_calls_oldest_seconds: ofTask(
    'gauge',
    'seconds',
    'since the oldest call without an answer was made; none while there is none',
    OPERATOR,
  ),

  // ---- A JobManager
  millrace_jobmanager_leader: ofProcess('gauge', 'bool', '1 while this JobManager leads'),
  millrace_jobmanager_epoch: ofProcess('gauge', 'id', 'epoch in which this JobManager leads; told by the leader only'),
  millrace_cluster_taskmanagers: ofProcess('gauge', 'count', 'TaskManagers that are registered at the leader'),
  millrace_cluster_slots: ofProcess(
    'gauge',
    'count',
    'slots of the registered TaskManagers, by what the leader knows of them',
    ['state'],
  ),
  millrace_jobs: ofProcess('gauge', 'count', 'jobs that are stored, by status', ['status']),
  millrace_job_attempt: ofJob('gauge', 'id', 'number of the latest deployment, over all leaders'),
  millrace_job_tasks: ofJob('gauge', 'count', 'subtasks of the job, by state', [...JOB, 'state']),
  millrace_job_checkpoints_completed_total: ofJob('counter', 'count', 'under this leader'),
  millrace_job_checkpoints_failed_total: ofJob('counter', 'count', 'under this leader'),
  millrace_job_checkpoints_in_progress: ofJob('gauge', 'count', 'that were triggered and have not ended'),
  millrace_job_restores_total: ofJob('counter', 'count', 'from a checkpoint or savepoint, under this leader'),
  millrace_job_last_checkpoint_id: ofJob('gauge', 'id', 'of the latest that was completed under this leader'),
  millrace_job_last_checkpoint_seconds: ofJob(
    'gauge',
    'seconds',
    'from the trigger of the latest completed checkpoint to its last acknowledgement',
  ),
  millrace_job_last_checkpoint_bytes: ofJob('gauge', 'bytes', 'state in the latest completed checkpoint'),
  millrace_job_last_checkpoint_alignment_seconds: ofJob(
    'gauge',
    'seconds',
    'longest alignment of a subtask in the latest completed checkpoint',
  ),
} as const satisfies { readonly [name: string]: MetricSpec };

export type MetricName = keyof typeof metricTable;

export interface Sample {
  readonly name: MetricName;
  /** One value for each of the labels of the metric, in their order. */
  readonly labels: readonly string[];
  readonly value: number;
}
