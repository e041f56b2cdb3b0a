// A cluster without one: jobs in each state, as a leader would tell of them. What is wished is remembered.
import { createHash } from 'node:crypto';
import { withDefaults } from '../../src/core/base/options.ts';
import type { ClientRequest, ClientResult } from '../../src/core/client/client.ts';
import { chainOperators } from '../../src/core/graph/chaining.ts';
import { clusterOptionTable } from '../../src/core/protocol/cluster-options.ts';
import type { CheckpointLine, CheckpointStatistics, RootException } from '../../src/core/protocol/job-history.ts';
import { createExecutionTimes, createJobTimes, type JobDetails } from '../../src/core/protocol/overview.ts';
import type { FailureReason } from '../../src/core/protocol/reasons.ts';
import type { ExecutionState, JobStatus } from '../../src/core/protocol/states.ts';
import type { Asked, AskUntil } from '../../src/net-real/client-desk.ts';
import { addJob, jobInArtifact } from '../../src/net-real/job-in-artifact.ts';
import { logsInMemory } from '../../src/net-real/log/kept-logs.ts';
import { Gateway, type Desk, type LogShelf, type MetricsSource } from '../../src/rest/gateway.ts';
import { unavailable } from '../../src/rest/rest-error.ts';
import { sampleGraph } from '../core/jobmanager/sample-job.ts';
import type { TaskReading } from '../../src/net-real/metrics/readings.ts';
import { readingsOf, taskReadingOf } from '../net-real/metrics/readings.ts';

const { vertices } = chainOperators(sampleGraph);
export const NOW = 1_000_000;
export const options = withDefaults(clusterOptionTable);
export const TASK_MANAGER = '127.0.0.1:6122';
const LEADER = '127.0.0.1:6123';

/** By id. */
export const JOBS: ReadonlyMap<string, JobStatus> = new Map([
  ['running', 'RUNNING'],
  ['submitted', 'CREATED'],
  ['finished', 'FINISHED'],
  ['stopped', 'FINISHED'],
  ['cancelled', 'CANCELED'],
  ['failed', 'FAILED'],
  ['restarting', 'RESTARTING'],
]);

const STATES: Readonly<Partial<Record<JobStatus, ExecutionState>>> = {
  FINISHED: 'FINISHED',
  CANCELED: 'CANCELED',
  FAILED: 'FAILED',
  CREATED: 'CREATED',
};

export const STACK = 'RangeError: boom!\n    at split (job.ts:7:3)';

export const thrown: FailureReason = {
  kind: 'execution-failed',
  attempt: { jobId: 'failed', vertex: 0, subtask: 0, attempt: 1 },
  reason: { kind: 'user-code', operator: 'split', function: null, given: null, text: 'boom', stack: STACK },
};

export const END = 900_000;

export function detailsOf(jobId: string, status: JobStatus): JobDetails {
  const isOver = STATES[status] !== undefined && status !== 'CREATED';
  const state = STATES[status] ?? 'RUNNING';
  const times = {
    ...createExecutionTimes(),
    CREATED: 100,
    SCHEDULED: 200,
    DEPLOYING: 300,
    INITIALIZING: 350,
    RUNNING: 400,
  };
  return {
    jobId,
    name: `the ${jobId} job`,
    submitted: { epoch: 1, number: 1, at: 50 },
    status,
    reason: status === 'FAILED' ? thrown : null,
    endedAt: isOver ? END : null,
    maxParallelism: 128,
    restart: null,
    times: { ...createJobTimes(), CREATED: 60, RUNNING: 70 },
    vertices: vertices.map(({ id, name, parallelism, operators, inputs }) => ({
      id,
      name,
      parallelism,
      operators: operators.map((operator) => ({ id: operator.id, kind: operator.kind })),
      inputs: inputs.map(({ source, partitioning }) => ({ source, partitioning })),
    })),
    subtasks: vertices.flatMap(({ index, parallelism }) =>
      Array.from({ length: parallelism }, (_, subtask) => ({
        vertex: index,
        subtask,
        attempt: 1,
        state,
        taskManager: status === 'CREATED' ? '' : TASK_MANAGER,
        times:
          status === 'CREATED'
            ? { ...createExecutionTimes(), CREATED: 100 }
            : { ...times, [state]: isOver ? END : 400 },
      })),
    ),
  };
}

const line = (id: number, status: CheckpointLine['status'], savepointId: string | null = null): CheckpointLine => ({
  id,
  status,
  triggerTimestamp: 500 + id,
  latestAckTimestamp: 510 + id,
  endTimestamp: status === 'IN_PROGRESS' ? null : 520 + id,
  endToEndDurationMs: 10,
  stateSizeBytes: 1_000 * id,
  numSubtasks: 4,
  numAcknowledgedSubtasks: status === 'COMPLETED' ? 4 : 1,
  savepointId,
  externalPath: status === 'COMPLETED' ? `chk-${id}` : null,
  failure: status === 'FAILED' ? { name: 'CHECKPOINT_EXPIRED', reason: { kind: 'expired', missing: [] } } : null,
});

export const HISTORY: readonly CheckpointLine[] = [
  line(5, 'IN_PROGRESS'),
  line(4, 'COMPLETED'),
  line(3, 'COMPLETED', 'saved'),
  line(2, 'FAILED'),
  line(1, 'COMPLETED'),
];

export const CHECKPOINT: CheckpointStatistics = {
  ...line(4, 'COMPLETED'),
  subtasks: vertices.flatMap(({ index, parallelism }) =>
    Array.from({ length: parallelism }, (_, subtask) => ({
      vertex: index,
      subtask,
      attempt: 1,
      ackTimestamp: 514,
      endToEndDurationMs: 10,
      stateSizeBytes: 100,
      alignmentDurationMs: 2,
      asyncDurationMs: 3,
    })),
  ),
};

const exception: RootException = {
  timestamp: 700,
  cause: thrown,
  task: 'words -> split (1/2)',
  taskManager: TASK_MANAGER,
  concurrent: [{ timestamp: 701, cause: thrown, task: 'words -> split (2/2)', taskManager: TASK_MANAGER }],
};

/** Of each savepoint that is taken: checkpoint 3 of `HISTORY`. */
const METADATA = { name: 'chk-3', sizeBytes: 9, checksum: 1 };

function savepointAs(status: 'IN_PROGRESS' | 'COMPLETED' | 'UNKNOWN'): ClientResult {
  return { kind: 'savepoint', status, metadata: status === 'COMPLETED' ? METADATA : null };
}

export class FakeDesk implements Desk {
  readonly asked: ClientRequest[] = [];
  /** Nobody leads. */
  isSilent = false;
  /** What a request is answered with instead. */
  readonly instead = new Map<ClientRequest['kind'], ClientResult>();
  /** Of savepoints that are waited for. */
  readonly taken = new Map<string, 'IN_PROGRESS' | 'COMPLETED' | 'UNKNOWN'>();

  /** What is answered when it is released. */
  readonly waits = new Set<ClientRequest['kind']>();
  release: () => void = () => {};
  /** Checkpoints that were asked for, and their leader remembers. */
  readonly triggered = new Map<string, number>();

  ask(request: ClientRequest, until: AskUntil, timeoutMs: number): Promise<Asked> {
    this.asked.push(request);
    if (this.isSilent) return Promise.resolve({ kind: 'unanswered', waitedMs: timeoutMs });
    if (this.waits.has(request.kind))
      return new Promise((resolve) => {
        this.release = () => resolve({ kind: 'result', result: this.#resultOf(request, until) as ClientResult });
      });
    const result = this.instead.get(request.kind) ?? this.#resultOf(request, until);
    return Promise.resolve(result === null ? { kind: 'accepted' } : { kind: 'result', result });
  }

  /** Of TaskManagers that somebody wants to be drained. */
  readonly drained = new Map<string, 'DRAINING' | 'DRAINED'>();

  #drainOf(
    { kind, taskManager }: Extract<ClientRequest, { taskManager: string }>,
    until: AskUntil,
  ): ClientResult | null {
    const isThere = taskManager === TASK_MANAGER;
    if (kind === 'undrain') this.drained.delete(taskManager);
    if (kind === 'drain' && isThere && !this.drained.has(taskManager)) this.drained.set(taskManager, 'DRAINING');
    const status = this.drained.get(taskManager) ?? (isThere ? 'IN_SERVICE' : 'UNKNOWN');
    if (kind === 'drain' && status === 'DRAINING' && until === 'accepted') return null;
    const reason = status === 'DRAINING' ? ({ kind: 'slots-held', slots: 2 } as const) : null;
    return { kind: 'drain', taskManager, status, reason };
  }

  #resultOf(request: ClientRequest, until: AskUntil): ClientResult | null {
    const jobId = 'jobId' in request ? request.jobId : '';
    const status = JOBS.get(jobId);
    const unknown: ClientResult = { kind: 'refused', reason: { kind: 'history-not-kept', status: 'UNKNOWN' } };
    const stands: ClientResult = {
      kind: 'job',
      status: status ?? 'UNKNOWN',
      reason: null,
      savepointId: jobId === 'stopped' ? 'stop-1' : null,
      retainedCheckpoint: null,
    };
    const isOver = STATES[status ?? 'RUNNING'] !== undefined;
    switch (request.kind) {
      case 'drain':
      case 'undrain':
      case 'drain-status':
        return this.#drainOf(request, until);
      case 'overview':
        return {
          kind: 'overview',
          epoch: 1,
          leader: LEADER,
          jobs: { running: 1, finished: 2, canceled: 1, failed: 1 },
          taskManagers: [
            {
              address: TASK_MANAGER,
              incarnation: 1,
              slots: 3,
              freeSlots: 1,
              silentMs: 5,
              drain: 'IN_SERVICE' as const,
              allocated: [{ slotIndex: 0, jobId: 'running', tasks: 2 }],
            },
          ].filter(({ address }) => (request.only ?? address) === address),
        };
      case 'list':
        return {
          kind: 'jobs',
          jobs: [...JOBS].map(([id, one]) => {
            const { submitted, reason, endedAt, name } = detailsOf(id, one);
            const tasks = { ...createExecutionTimes(), RUNNING: 4 };
            return { jobId: id, submitted, status: one, reason, endedAt, name, changedAt: 70, tasks };
          }),
        };
      case 'details':
        return status === undefined ? unknown : { kind: 'details', ...detailsOf(jobId, status) };
      case 'checkpoints':
        return status === undefined
          ? unknown
          : {
              kind: 'checkpoints',
              jobId,
              counts: { completed: 3, failed: 1, inProgress: 1, restored: 1 },
              latestCompleted: HISTORY[1]!,
              latestSavepoint: HISTORY[2]!,
              latestFailed: isOver ? line(2, 'FAILED', 'failed') : HISTORY[3]!,
              latestRestored: { id: 1, restoreTimestamp: 300, externalPath: 'chk-1', savepointId: null },
              history: isOver ? HISTORY.filter((one) => one.status === 'COMPLETED') : HISTORY,
            };
      case 'checkpoint':
        if (status === undefined) return unknown;
        return {
          kind: 'checkpoint',
          jobId,
          checkpointId: request.checkpointId,
          checkpoint: request.checkpointId === 4 ? CHECKPOINT : null,
        };
      case 'exceptions':
        if (status === undefined) return unknown;
        return { kind: 'exceptions', jobId, exceptions: [exception].slice(0, request.max), truncated: request.max < 1 };
      case 'cancel':
        return status === undefined || isOver ? stands : null;
      case 'stop':
        if (isOver || status === undefined)
          return { kind: 'refused', reason: { kind: 'job-not-stoppable', status: status ?? 'UNKNOWN' } };
        return until === 'accepted' ? null : stands;
      case 'savepoint':
        if (status !== 'RUNNING')
          return { kind: 'refused', reason: { kind: 'tasks-not-running', status: status ?? 'UNKNOWN' } };
        this.taken.set(request.savepointId, 'COMPLETED');
        return { kind: 'savepoint', status: 'COMPLETED', metadata: METADATA };
      case 'savepoint-and-cancel':
        if (status !== 'RUNNING')
          return { kind: 'refused', reason: { kind: 'tasks-not-running', status: status ?? 'UNKNOWN' } };
        this.taken.set(request.savepointId, 'COMPLETED');
        return { ...stands, status: 'CANCELED' };
      case 'take-checkpoint':
        if (status !== 'RUNNING')
          return { kind: 'refused', reason: { kind: 'tasks-not-running', status: status ?? 'UNKNOWN' } };
        this.triggered.set(request.triggerId, 7);
        return { kind: 'taken', jobId, triggerId: request.triggerId, status: 'COMPLETED', checkpointId: 7 };
      case 'checkpoint-status': {
        const checkpointId = this.triggered.get(request.triggerId) ?? null;
        const stand = checkpointId === null ? 'UNKNOWN' : 'COMPLETED';
        return { kind: 'taken', jobId, triggerId: request.triggerId, status: stand, checkpointId };
      }
      case 'savepoint-status':
        return savepointAs(this.taken.get(request.savepointId) ?? 'UNKNOWN');
      case 'dispose':
        return { kind: 'savepoint', status: 'UNKNOWN', metadata: null };
      case 'submit':
        return null;
      default:
        return stands;
    }
  }
}

/** What the TaskManager tells of itself, of the job `running` and of how `stopped` ended, and the leader of itself. */
export const fakeMetrics: MetricsSource = {
  ask: (address) => Promise.resolve(address === TASK_MANAGER || address === LEADER ? TOLD : null),
};

const tasksOf = (some: Partial<TaskReading>) =>
  vertices.flatMap(({ index, parallelism, operators, name }) =>
    Array.from({ length: parallelism }, (_, subtask) => {
      const [head, tail] = [operators[0]!.id, operators.at(-1)!.id];
      return taskReadingOf({ vertex: index, name, subtask, head, tail, isSource: index === 0, ...some });
    }),
  );

const TOLD = readingsOf({ tasks: [...tasksOf({ jobId: 'stopped', isOver: true }), ...tasksOf({})] });

export interface FakeArtifacts {
  readonly kept: Map<string, Uint8Array>;
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** An artifact with its job. */
export const ARTIFACT = addJob(new TextEncoder().encode('export {}'), sampleGraph);
export const HASH = hashOf(ARTIFACT);

const NO_LOGS: LogShelf = {
  own: logsInMemory('jm-1', () => []),
  at: () => Promise.reject(unavailable('Nobody answers.')),
};

export function fakeGateway(
  desk: Desk = new FakeDesk(),
  logs: LogShelf = NO_LOGS,
): { readonly gateway: Gateway } & FakeArtifacts {
  const kept = new Map<string, Uint8Array>();
  const gateway = new Gateway({
    desk,
    metrics: fakeMetrics,
    options,
    version: { number: '0.1.0', commit: 'abc' },
    wallNow: () => NOW,
    logs,
    nameAt: (address) => (address === TASK_MANAGER ? 'tm-1' : null),
    artifacts: {
      keep: async (bytes) => {
        kept.set(hashOf(bytes), bytes);
        return hashOf(bytes);
      },
      list: async () => [...kept.keys()].map((hash) => ({ hash, job: sampleGraph.name, uploadedAt: NOW })),
      has: async (hash) => kept.has(hash),
      job: async (hash) => {
        const bytes = kept.get(hash);
        return bytes === undefined ? null : jobInArtifact(bytes);
      },
      remove: async (hash) => void kept.delete(hash),
    },
  });
  return { gateway, kept };
}
