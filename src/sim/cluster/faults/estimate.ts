// How often things happen in a run without faults, roughly: what a weight ("twice a run") means in odds per question.
import { chainOperators } from '../../../core/graph/chaining.ts';
import type { ClusterOptions } from '../../../core/protocol/cluster-options.ts';
import { readingMs } from '../../../scenario/input.ts';
import { clientsOf, jobsOf, type JobOfRun } from '../../../scenario/jobs.ts';
import type { Scenario, Topic } from '../../../scenario/scenario.ts';

export interface RunEstimate {
  readonly plainMs: number;
  readonly jobManagers: number;
  readonly taskManagers: number;
  readonly checkpoints: number;
  /** Subtasks in all, and of them those with a source, with a sink. */
  readonly tasks: number;
  readonly sources: number;
  readonly sinks: number;
  /** Channels between subtasks. */
  readonly channels: number;
  readonly reads: number;
  /** Messages with elements. */
  readonly frames: number;
  /** From one JobManager to one TaskManager. */
  readonly heartbeats: number;
  readonly clients: number;
  /** Of a client: how often it asks how its job stands. */
  readonly polls: number;
  /** Of the leader's lease; each standby looks at it as often. */
  readonly renewals: number;
}

const SETTLING_MS = 1_000; // election, registration and deployment before the first record, and the last checkpoints behind the last one

export function estimateRun(
  scenario: Scenario,
  topics: Readonly<Record<string, Topic>>,
  options: ClusterOptions,
): RunEstimate {
  const jobs = jobsOf(scenario);
  const chained = jobs.map(({ job }) => chainOperators(job.graph));
  const vertices = chained.flatMap((one) => one.vertices);
  const plainMs = Math.max(...jobs.map((job) => endsAtMs(job, topics)));
  const channels = sum(chained.map(channelsOf));
  return {
    plainMs,
    jobManagers: scenario.cluster.jobManagers,
    taskManagers: scenario.cluster.taskManagers,
    checkpoints: Math.max(1, Math.floor(plainMs / options.checkpointIntervalMs)),
    tasks: sum(vertices.map((vertex) => vertex.parallelism)),
    sources: sum(
      vertices.filter((vertex) => vertex.operators[0]?.kind === 'source').map((vertex) => vertex.parallelism),
    ),
    sinks: sum(
      vertices.filter((vertex) => vertex.operators.at(-1)?.kind === 'sink').map((vertex) => vertex.parallelism),
    ),
    channels,
    reads: sum(lengths(topics).map((length) => 1 + length / options.sourceReadRecords)),
    frames: channels * Math.ceil(plainMs / options.bufferTimeoutMs),
    heartbeats: Math.ceil(plainMs / options.heartbeatIntervalMs),
    clients: clientsOf(scenario).length,
    polls: Math.ceil(plainMs / options.clientRetryMs),
    renewals: Math.ceil(plainMs / options.leaseRenewIntervalMs),
  };
}

/** Read by whichever client submits it first. */
function endsAtMs({ job, clients }: JobOfRun, topics: Readonly<Record<string, Topic>>): number {
  return Math.min(...clients.map(({ submitAtMs }) => submitAtMs)) + SETTLING_MS + readingMs(job, topics);
}

function channelsOf({ vertices, edges }: ReturnType<typeof chainOperators>): number {
  return sum(
    edges.map((edge) => (vertices[edge.source]?.parallelism ?? 0) * (vertices[edge.target]?.parallelism ?? 0)),
  );
}

function lengths(topics: Readonly<Record<string, Topic>>): number[] {
  return Object.values(topics).flatMap((topic) => topic.splits.map((split) => split.length));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
