// The shapes of what is shown of a cluster and a job.
import { executionState, jobStatus } from './id-shapes.ts';
import type { Submitted } from './ids.ts';
import type {
  EndedGraph,
  JobCounts,
  JobDetails,
  SubtaskLine,
  TaskCounts,
  TaskManagerLine,
  Times,
  VertexLine,
} from './overview.ts';
import { jobReason } from './reason-shapes.ts';
import { list, nullable, oneOf, record, shapeOf, type ShapeOf } from './shapes.ts';
import type { ExecutionState, JobStatus } from './states.ts';

export const submitted: ShapeOf<Submitted> = shapeOf<Submitted>()(
  record({ epoch: 'int', number: 'int', at: 'number' }),
);

const executionTimes = shapeOf<Readonly<Times<ExecutionState>>>()(
  record({
    CREATED: 'number',
    SCHEDULED: 'number',
    DEPLOYING: 'number',
    INITIALIZING: 'number',
    RUNNING: 'number',
    FINISHED: 'number',
    CANCELING: 'number',
    CANCELED: 'number',
    FAILED: 'number',
  }),
);
const jobTimes = shapeOf<Readonly<Times<JobStatus>>>()(
  record({
    INITIALIZING: 'number',
    CREATED: 'number',
    RUNNING: 'number',
    RESTARTING: 'number',
    FAILING: 'number',
    FAILED: 'number',
    CANCELLING: 'number',
    CANCELED: 'number',
    FINISHED: 'number',
    SUSPENDED: 'number',
  }),
);

export const taskCounts: ShapeOf<TaskCounts> = executionTimes;

export const taskManagerLine: ShapeOf<TaskManagerLine> = shapeOf<TaskManagerLine>()(
  record({
    address: 'string',
    incarnation: 'int',
    slots: 'int',
    freeSlots: 'int',
    silentMs: 'number',
    drain: oneOf('IN_SERVICE', 'DRAINING', 'DRAINED', 'UNKNOWN'),
    allocated: list(record({ slotIndex: 'int', jobId: 'string', tasks: 'int' })),
  }),
);

export const jobCounts: ShapeOf<JobCounts> = shapeOf<JobCounts>()(
  record({ running: 'int', finished: 'int', canceled: 'int', failed: 'int' }),
);

const vertexFields = {
  id: 'string',
  name: 'string',
  parallelism: 'int',
  operators: list(record({ id: 'string', kind: 'string' })),
  inputs: list(record({ source: 'int', partitioning: oneOf('forward', 'rebalance', 'hash') })),
} as const;
const vertexLine = shapeOf<VertexLine>()(record(vertexFields));

export const endedGraph: ShapeOf<EndedGraph> = shapeOf<EndedGraph>()(
  record({
    name: 'string',
    maxParallelism: 'int',
    restart: 'string?',
    vertices: list(record({ ...vertexFields, ended: list(record({ state: executionState, subtasks: 'int' })) })),
  }),
);

const subtaskLine = shapeOf<SubtaskLine>()(
  record({
    vertex: 'int',
    subtask: 'int',
    attempt: 'int',
    state: executionState,
    taskManager: 'string',
    times: executionTimes,
  }),
);

export const jobDetailsFields = {
  jobId: 'string',
  name: 'string',
  submitted,
  status: jobStatus,
  reason: nullable(jobReason),
  endedAt: nullable('number'),
  maxParallelism: 'int',
  restart: 'string?',
  times: jobTimes,
  vertices: list(vertexLine),
  subtasks: list(subtaskLine),
} as const;
export const jobDetails: ShapeOf<JobDetails> = shapeOf<JobDetails>()(record(jobDetailsFields));
