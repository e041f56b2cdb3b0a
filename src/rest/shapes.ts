// The answers as Flink gives them: fields, spelling (which differs from endpoint to endpoint) and types.
import {
  anything,
  count,
  either,
  flag,
  integer,
  list,
  mapOf,
  nullable,
  number,
  object,
  optional,
  text,
  told,
  words,
  type TypeOf,
} from './schema.ts';

/** Of what was never measured. */
const NAN = words('NaN');
const measured = either(number, NAN);

export const status = words(
  'INITIALIZING',
  'CREATED',
  'RUNNING',
  'RESTARTING',
  'FAILING',
  'FAILED',
  'CANCELLING',
  'CANCELED',
  'FINISHED',
  'SUSPENDED',
);

export const taskStatus = words(
  'CREATED',
  'SCHEDULED',
  'DEPLOYING',
  'INITIALIZING',
  'RUNNING',
  'FINISHED',
  'CANCELING',
  'CANCELED',
  'FAILED',
);

const time = told(integer, 'wall time in ms');
const timeOrNever = told(integer, 'wall time in ms; -1: not yet');
const duration = told(integer, 'in ms');

// ---- The cluster

export const overview = object({
  taskmanagers: count,
  'slots-total': count,
  'slots-available': count,
  'jobs-running': count,
  'jobs-finished': count,
  'jobs-cancelled': count,
  'jobs-failed': count,
  'flink-version': text,
  'flink-commit': text,
});

export const config = object({
  'refresh-interval': count,
  'timezone-name': text,
  'timezone-offset': integer,
  'flink-version': text,
  'flink-revision': text,
  features: object({ 'web-submit': flag, 'web-cancel': flag, 'web-rescale': flag, 'web-history': flag }),
});

export const keyValues = list(object({ key: text, value: text }));

// ---- TaskManagers

const resource = object({
  cpuCores: number,
  taskHeapMemory: integer,
  taskOffHeapMemory: integer,
  managedMemory: integer,
  networkMemory: integer,
  extendedResources: mapOf(number),
});

const taskManagerFields = {
  id: text,
  path: text,
  dataPort: integer,
  jmxPort: integer,
  timeSinceLastHeartbeat: told(integer, 'wall time in ms of its last sign of life'),
  slotsNumber: count,
  freeSlots: count,
  assignedTasks: count,
  totalResource: resource,
  freeResource: resource,
  hardware: object({ cpuCores: integer, physicalMemory: integer, freeMemory: integer, managedMemory: integer }),
  memoryConfiguration: object({
    frameworkHeap: integer,
    taskHeap: integer,
    frameworkOffHeap: integer,
    taskOffHeap: integer,
    networkMemory: integer,
    managedMemory: integer,
    jvmMetaspace: integer,
    jvmOverhead: integer,
    totalFlinkMemory: integer,
    totalProcessMemory: integer,
  }),
  /** Millrace's own, as what follows. */
  name: told(nullable(text), 'in the cluster of this JobManager, as tm-2; null: not known here'),
  drain: words('IN_SERVICE', 'DRAINING', 'DRAINED', 'UNKNOWN'),
  process: nullable(
    object({
      'resident-bytes': count,
      'heap-used-bytes': count,
      'cpu-cores': told(number, 'in use in the last seconds'),
      'loop-delay-ms': told(number, 'how late its timers came in the last seconds, on average'),
      'loop-delay-max-ms': told(number, 'and at worst'),
      'inbox-length': count,
      'uptime-ms': count,
    }),
  ),
} as const;

/** How the drain of a TaskManager stands. */
export const drain = object({
  status: words('IN_SERVICE', 'DRAINING', 'DRAINED', 'UNKNOWN'),
  reason: told(nullable(text), 'why it still holds something, or is not known; else null'),
});

export const taskManagers = object({ taskmanagers: list(object(taskManagerFields)) });
export const taskManager = object({
  ...taskManagerFields,
  metrics: object({
    heapUsed: count,
    heapCommitted: count,
    heapMax: count,
    nonHeapUsed: count,
    nonHeapCommitted: count,
    nonHeapMax: integer,
    directCount: count,
    directUsed: count,
    directMax: count,
    mappedCount: count,
    mappedUsed: count,
    mappedMax: count,
    nettyShuffleMemorySegmentsAvailable: count,
    nettyShuffleMemorySegmentsUsed: count,
    nettyShuffleMemorySegmentsTotal: count,
    nettyShuffleMemoryAvailable: count,
    nettyShuffleMemoryUsed: count,
    nettyShuffleMemoryTotal: count,
    garbageCollectors: list(object({ name: text, count, time: duration })),
  }),
  allocatedSlots: list(object({ jobId: text, resource, assignedTasks: count })),
});

export const logs = object({ logs: list(object({ name: text, size: told(count, 'in bytes'), mtime: time })) });

// ---- Jobs

export const jobIds = object({ jobs: list(object({ id: text, status })) });

export const jobLines = object({
  jobs: list(
    object({
      jid: text,
      name: text,
      jobType: text,
      schedulerType: text,
      'start-time': time,
      'end-time': timeOrNever,
      duration,
      state: status,
      'last-modification': time,
      tasks: object({
        running: count,
        canceling: count,
        canceled: count,
        total: count,
        created: count,
        scheduled: count,
        deploying: count,
        reconciling: count,
        finished: count,
        initializing: count,
        failed: count,
      }),
      'pending-operators': count,
      'waits-for-slots': told(nullable(count), 'that it lacks; null: it has asked for all that it needs, or is over'),
    }),
  ),
});

export const jobStatus = object({ status });

/** Of a task whose TaskManager does not answer, or which ended long ago, nothing is known: `…-complete` says so. */
export const ioMetrics = object({
  'read-bytes': count,
  'read-bytes-complete': flag,
  'write-bytes': count,
  'write-bytes-complete': flag,
  'read-records': count,
  'read-records-complete': flag,
  'write-records': count,
  'write-records-complete': flag,
  'accumulated-backpressured-time': count,
  'accumulated-idle-time': count,
  'accumulated-busy-time': measured,
});

export const quartiles = object({
  min: integer,
  max: integer,
  avg: integer,
  sum: integer,
  median: integer,
  p25: integer,
  p75: integer,
  p95: integer,
});

export const aggregated = object({
  metrics: object({
    'read-bytes': quartiles,
    'write-bytes': quartiles,
    'read-records': quartiles,
    'write-records': quartiles,
    'accumulated-backpressured-time': quartiles,
    'accumulated-idle-time': quartiles,
    'accumulated-busy-time': quartiles,
  }),
  'status-duration': mapOf(quartiles),
});

const share = told(
  object({ avg: number, max: number }),
  'of the last seconds, from 0 to 1: mean and highest of the subtasks',
);

const bytesPerSecond = told(
  nullable(number),
  'of frames between processes; null: some of it stays in a process, and its bytes are not known',
);

/** Millrace's own: how a vertex does now. */
export const load = object({
  subtasks: told(count, 'of which something is known'),
  'records-in-per-second': number,
  'records-out-per-second': number,
  'bytes-in-per-second': bytesPerSecond,
  'bytes-out-per-second': bytesPerSecond,
  busy: share,
  idle: share,
  backpressured: share,
  watermark: nullable(told(integer, 'lowest of the subtasks; null: one of them has none yet')),
  'late-records': list(object({ operator: text, records: count })),
  'input-queue': count,
  'output-queue': count,
});

const byTaskStatus = object({
  RUNNING: count,
  FAILED: count,
  INITIALIZING: count,
  CANCELED: count,
  CREATED: count,
  RECONCILING: count,
  SCHEDULED: count,
  DEPLOYING: count,
  CANCELING: count,
  FINISHED: count,
});

const byJobStatus = object({
  FAILING: time,
  FINISHED: time,
  CREATED: time,
  CANCELED: time,
  FAILED: time,
  CANCELLING: time,
  RECONCILING: time,
  RESTARTING: time,
  INITIALIZING: time,
  RUNNING: time,
  SUSPENDED: time,
});

export const plan = object({
  jid: text,
  name: text,
  type: text,
  nodes: list(
    object({
      id: text,
      operator: text,
      parallelism: count,
      operator_strategy: text,
      description: text,
      optimizer_properties: mapOf(anything),
      inputs: optional(list(object({ id: text, num: count, exchange: text, ship_strategy: text }))),
    }),
  ),
});

export const job = object({
  jid: text,
  'application-id': text,
  name: text,
  isStoppable: flag,
  state: status,
  'job-type': text,
  schedulerType: text,
  'start-time': time,
  'end-time': timeOrNever,
  duration,
  maxParallelism: integer,
  now: time,
  timestamps: byJobStatus,
  vertices: list(
    object({
      id: text,
      slotSharingGroupId: text,
      name: text,
      maxParallelism: integer,
      parallelism: count,
      status: taskStatus,
      'start-time': timeOrNever,
      'end-time': timeOrNever,
      duration,
      tasks: byTaskStatus,
      metrics: ioMetrics,
      load: nullable(load),
    }),
  ),
  'status-counts': told(byTaskStatus, 'vertices, by the status of each'),
  plan,
  'pending-operators': count,
  /** Millrace's own: why it waits, or failed. */
  reason: nullable(text),
});

export const jobPlan = object({ plan });

export const jobConfig = object({
  jid: text,
  name: text,
  'execution-config': object({
    'restart-strategy': text,
    'job-parallelism': integer,
    'object-reuse-mode': flag,
    'user-config': mapOf(text),
  }),
});

export const failureCause = object({ class: text, 'stack-trace': text, 'serialized-throwable': text });

export const executionResult = object({
  status: object({ id: words('IN_PROGRESS', 'COMPLETED') }),
  'job-execution-result': optional(
    object({
      id: text,
      name: text,
      'application-status': words('SUCCEEDED', 'FAILED', 'CANCELED', 'UNKNOWN'),
      'accumulator-results': mapOf(anything),
      'net-runtime': count,
      'failure-cause': optional(failureCause),
      'application-id': text,
      'start-time': time,
      'end-time': time,
    }),
  ),
});

export const accumulators = object({
  'job-accumulators': list(anything),
  'user-task-accumulators': list(anything),
  'serialized-user-task-accumulators': mapOf(anything),
});

const exceptionFields = {
  exceptionName: text,
  stacktrace: text,
  timestamp: time,
  failureLabels: mapOf(text),
  taskName: optional(text),
  endpoint: optional(text),
  taskManagerId: optional(text),
  taskManagerName: optional(told(text, 'of the process there, also when it is gone; Millrace’s own')),
} as const;

export const exceptions = object({
  exceptionHistory: object({
    entries: list(object({ ...exceptionFields, concurrentExceptions: list(object(exceptionFields)) })),
    truncated: flag,
  }),
});

// ---- Vertices

const subtaskFields = {
  subtask: count,
  status: taskStatus,
  attempt: count,
  endpoint: text,
  'start-time': timeOrNever,
  'end-time': timeOrNever,
  duration,
  metrics: ioMetrics,
  'taskmanager-id': text,
  'status-duration': mapOf(duration),
  start_time: timeOrNever,
} as const;

export const subtask = object(subtaskFields);

export const vertex = object({
  id: text,
  name: text,
  parallelism: count,
  maxParallelism: integer,
  now: time,
  subtasks: list(subtask),
  aggregated,
});

export const subtaskTimes = object({
  id: text,
  name: text,
  now: time,
  subtasks: list(object({ subtask: count, endpoint: text, duration, timestamps: byTaskStatus })),
});

export const vertexTaskManagers = object({
  id: text,
  name: text,
  now: time,
  taskmanagers: list(
    object({
      endpoint: text,
      status: taskStatus,
      'start-time': timeOrNever,
      'end-time': timeOrNever,
      duration,
      metrics: ioMetrics,
      'status-counts': byTaskStatus,
      'taskmanager-id': text,
      aggregated,
    }),
  ),
});

export const vertexAccumulators = object({ id: text, 'user-accumulators': list(anything) });

export const subtaskAccumulators = object({
  id: text,
  parallelism: count,
  subtasks: list(object({ subtask: count, attempt: count, endpoint: text, 'user-accumulators': list(anything) })),
});

// ---- Metrics

export const metrics = list(object({ id: text, value: optional(text) }));

export const aggregatedMetrics = list(
  object({
    id: text,
    min: optional(number),
    max: optional(number),
    avg: optional(number),
    sum: optional(number),
    skew: optional(told(number, 'mean distance from the mean, in percent of it')),
  }),
);

const level = words('ok', 'low', 'high');
const ratio = told(number, 'from 0 to 1');

export const backpressure = object({
  status: told(words('ok', 'deprecated'), 'deprecated: nothing is known, and nothing else is told'),
  backpressureLevel: optional(level),
  'backpressure-level': optional(level),
  'end-timestamp': optional(time),
  subtasks: optional(
    list(
      object({
        subtask: count,
        backpressureLevel: level,
        'backpressure-level': level,
        ratio,
        idleRatio: ratio,
        busyRatio: ratio,
      }),
    ),
  ),
});

// ---- Checkpoints

const spread = object({
  min: number,
  max: number,
  avg: number,
  p50: measured,
  p90: measured,
  p95: measured,
  p99: measured,
  p999: measured,
});
export type Spread = TypeOf<typeof spread>;

const sizes = {
  checkpointed_size: count,
  state_size: count,
  end_to_end_duration: duration,
  alignment_buffered: count,
  processed_data: count,
  persisted_data: count,
  num_subtasks: count,
  num_acknowledged_subtasks: count,
} as const;

const taskSummary = {
  id: count,
  status: words('IN_PROGRESS', 'COMPLETED', 'FAILED'),
  latest_ack_timestamp: timeOrNever,
  ...sizes,
} as const;

export const checkpoint = object({
  className: words('completed', 'in_progress', 'failed'),
  id: count,
  status: words('IN_PROGRESS', 'COMPLETED', 'FAILED'),
  is_savepoint: flag,
  savepointFormat: nullable(text),
  trigger_timestamp: time,
  latest_ack_timestamp: timeOrNever,
  ...sizes,
  checkpoint_type: text,
  tasks: mapOf(object(taskSummary)),
  external_path: optional(text),
  /** Millrace's own. */
  'savepoint-location': optional(
    told(text, 'millrace:JOB/SAVEPOINT, where this JobManager was asked for the savepoint, or how it stands'),
  ),
  discarded: optional(flag),
  failure_timestamp: optional(time),
  failure_message: optional(nullable(text)),
});
export type Checkpoint = TypeOf<typeof checkpoint>;

export const checkpoints = object({
  counts: object({ restored: count, total: count, in_progress: count, completed: count, failed: count }),
  summary: object({
    checkpointed_size: spread,
    state_size: spread,
    end_to_end_duration: spread,
    alignment_buffered: spread,
    processed_data: spread,
    persisted_data: spread,
  }),
  latest: object({
    completed: nullable(checkpoint),
    savepoint: nullable(checkpoint),
    failed: nullable(checkpoint),
    restored: nullable(
      object({ id: count, restore_timestamp: time, is_savepoint: flag, external_path: nullable(text) }),
    ),
  }),
  history: list(checkpoint),
});

export const checkpointConfig = object({
  mode: words('exactly_once'),
  interval: count,
  timeout: count,
  min_pause: count,
  max_concurrent: count,
  externalization: object({ enabled: flag, delete_on_cancellation: flag }),
  state_backend: text,
  checkpoint_storage: text,
  unaligned_checkpoints: flag,
  tolerable_failed_checkpoints: count,
  aligned_checkpoint_timeout: count,
  checkpoints_after_tasks_finish: flag,
  state_changelog_enabled: flag,
  changelog_periodic_materialization_interval: count,
  changelog_storage: text,
});

export const checkpointTask = object({
  ...taskSummary,
  summary: object({
    checkpointed_size: spread,
    state_size: spread,
    end_to_end_duration: spread,
    checkpoint_duration: object({ sync: spread, async: spread }),
    alignment: object({ buffered: spread, processed: spread, persisted: spread, duration: spread }),
    start_delay: spread,
  }),
  subtasks: list(
    object({
      className: words('completed', 'pending_or_failed'),
      index: count,
      status: text,
      ack_timestamp: optional(time),
      end_to_end_duration: optional(duration),
      checkpointed_size: optional(count),
      state_size: optional(count),
      checkpoint: optional(object({ sync: duration, async: duration })),
      alignment: optional(object({ buffered: count, processed: count, persisted: count, duration })),
      start_delay: optional(told(duration, 'what of end_to_end_duration is neither alignment nor writing')),
      unaligned_checkpoint: optional(flag),
      aborted: optional(flag),
    }),
  ),
});

// ---- Operations

export const begun = object({ 'request-id': text });
export const empty = object({});

export const operation = object({
  status: object({ id: words('IN_PROGRESS', 'COMPLETED') }),
  operation: nullable(object({ location: optional(text), 'failure-cause': optional(failureCause) })),
});

export const checkpointOperation = object({
  status: object({ id: words('IN_PROGRESS', 'COMPLETED') }),
  operation: nullable(object({ checkpointId: optional(integer), 'failure-cause': optional(failureCause) })),
});

/** As either of them is read. */
export const anyOperation = object({
  status: object({ id: words('IN_PROGRESS', 'COMPLETED') }),
  operation: nullable(
    object({ location: optional(text), checkpointId: optional(integer), 'failure-cause': optional(failureCause) }),
  ),
});

export const disposal = object({
  status: object({ id: words('IN_PROGRESS', 'COMPLETED') }),
  operation: nullable(object({ 'failure-cause': optional(failureCause) })),
});
