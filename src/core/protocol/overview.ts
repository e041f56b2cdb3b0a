// What is shown of a cluster, and of a job and its tasks, as Flink's REST interface names it. Nothing is decided by it.
import type { Address } from '../base/machine.ts';
import type { JobVertex, Partitioning } from '../graph/job-graph.ts';
import type { Submitted } from './ids.ts';
import type { JobReason } from './reasons.ts';
import {
  executionTransitions,
  jobTransitions,
  type DrainStatus,
  type ExecutionState,
  type JobStatus,
} from './states.ts';

/** Wall time in ms at which each state was entered last; 0: never. */
export type Times<S extends string> = { [state in S]: number };

function createTimes<S extends string>(table: { readonly [state in S]: unknown }): Times<S> {
  const times: Partial<Times<S>> = {};
  for (const state of Object.keys(table) as S[]) times[state] = 0;
  return times as Times<S>;
}

export function createJobTimes(): Times<JobStatus> {
  return createTimes(jobTransitions);
}

export function createExecutionTimes(): Times<ExecutionState> {
  return createTimes(executionTransitions);
}

/** How many tasks of a job are in each state. */
export type TaskCounts = Readonly<Times<ExecutionState>>;

/** A TaskManager as its leader sees it. */
export interface TaskManagerLine {
  readonly address: Address;
  readonly incarnation: number;
  readonly slots: number;
  readonly freeSlots: number;
  /** Since its last sign of life, in ms. */
  readonly silentMs: number;
  /** IN_SERVICE: it is not to be drained. */
  readonly drain: DrainStatus;
  /** Slots that jobs have, and how many tasks run in each. */
  readonly allocated: readonly { readonly slotIndex: number; readonly jobId: string; readonly tasks: number }[];
}

/** Jobs by how they stand; what is not over counts as running. */
export interface JobCounts {
  readonly running: number;
  readonly finished: number;
  readonly canceled: number;
  readonly failed: number;
}

/** A chain of operators. */
export interface VertexLine {
  /** Id of its first operator. */
  readonly id: string;
  readonly name: string;
  readonly parallelism: number;
  readonly operators: readonly { readonly id: string; readonly kind: string }[];
  /** Of each edge that ends here. */
  readonly inputs: readonly { readonly source: number; readonly partitioning: Partitioning }[];
}

export function vertexLine({ id, name, parallelism, operators, inputs }: JobVertex): VertexLine {
  return {
    id,
    name,
    parallelism,
    operators: operators.map((operator) => ({ id: operator.id, kind: operator.kind })),
    inputs: inputs.map(({ source, partitioning }) => ({ source, partitioning })),
  };
}

/** What its result keeps of a job, so that each leader can show it: its graph, and how its tasks ended. */
export interface EndedGraph {
  readonly name: string;
  readonly maxParallelism: number;
  readonly restart: string | null;
  /** None of a graph of more than ENDED_OPERATORS_MAX operators. */
  readonly vertices: readonly EndedVertex[];
}

export interface EndedVertex extends VertexLine {
  /** Last states of its subtasks in their order: those beside each other that have the same are one. */
  readonly ended: readonly { readonly state: ExecutionState; readonly subtasks: number }[];
}

/** Results are kept by the thousand, and read by each process: the graphs in them are bounded. */
export const ENDED_OPERATORS_MAX = 200;

/** The latest attempt of a subtask. */
export interface SubtaskLine {
  readonly vertex: number;
  readonly subtask: number;
  /** 0: it is not kept. */
  readonly attempt: number;
  readonly state: ExecutionState;
  /** Where it was deployed; '' before. */
  readonly taskManager: Address;
  readonly times: Readonly<Times<ExecutionState>>;
}

export interface JobDetails {
  readonly jobId: string;
  readonly name: string;
  readonly submitted: Submitted;
  readonly status: JobStatus;
  readonly reason: JobReason | null;
  /** In ms of wall time; null: it is not over. */
  readonly endedAt: number | null;
  readonly maxParallelism: number;
  /** The kind of its restart strategy; null: that of the cluster. */
  readonly restart: string | null;
  readonly times: Readonly<Times<JobStatus>>;
  readonly vertices: readonly VertexLine[];
  /** By vertex, then by subtask. */
  readonly subtasks: readonly SubtaskLine[];
}
