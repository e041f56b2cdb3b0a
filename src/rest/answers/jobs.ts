// Jobs, vertices and subtasks, as Flink shows them.
import type { JobLine } from '../../core/protocol/messages.ts';
import type { JobException, RootException } from '../../core/protocol/job-history.ts';
import type { JobDetails, SubtaskLine, Times, VertexLine } from '../../core/protocol/overview.ts';
import { withNames, type NameAt } from '../../net-real/address-names.ts';
import type { Reason } from '../../core/protocol/reasons.ts';
import { stackOf, withStack } from '../../core/protocol/stack-of.ts';
import { namesIn, type VertexNames } from '../../core/protocol/vertex-names.ts';
import { isGloballyTerminal, isTerminal, type ExecutionState } from '../../core/protocol/states.ts';
import { javaThrowable } from '../java-throwable.ts';
import { vertexIdOf } from '../rest-ids.ts';
import type { TypeOf } from '../schema.ts';
import type * as shapes from '../shapes.ts';
import { aggregatedOf, ioMetricsOf, loadOf, type Measured } from './measured.ts';
import { tellReason } from './tell-reason.ts';

const NEVER = -1;

// ---- Lists

export function jobLinesOf(lines: readonly JobLine[], wallNow: number): TypeOf<typeof shapes.jobLines> {
  return { jobs: lines.map((line) => lineOf(line, wallNow)) };
}

function lineOf({ jobId, name, submitted, status, reason, endedAt, changedAt, tasks }: JobLine, wallNow: number) {
  return {
    jid: jobId,
    name: name === '' ? jobId : name,
    jobType: 'STREAMING',
    schedulerType: 'Adaptive',
    'start-time': submitted.at,
    'end-time': endedAt ?? NEVER,
    duration: Math.max(0, (endedAt ?? wallNow) - submitted.at),
    state: status,
    'last-modification': changedAt,
    tasks: {
      running: tasks.RUNNING,
      canceling: tasks.CANCELING,
      canceled: tasks.CANCELED,
      total: Object.values(tasks).reduce((sum, count) => sum + count, 0),
      created: tasks.CREATED,
      scheduled: tasks.SCHEDULED,
      deploying: tasks.DEPLOYING,
      reconciling: 0,
      finished: tasks.FINISHED,
      initializing: tasks.INITIALIZING,
      failed: tasks.FAILED,
    },
    'pending-operators': 0,
    'waits-for-slots': reason?.kind === 'slots-missing' ? reason.needed - reason.held : null,
  };
}

// ---- One job

/** @param wallNow in ms */
export function jobOf(details: JobDetails, measured: Measured, wallNow: number): TypeOf<typeof shapes.job> {
  const { jobId, submitted, status, endedAt, maxParallelism, times, vertices, reason } = details;
  const shown = vertices.map((vertex, index) => vertexLineOf(details, measured, { ...vertex, index }, wallNow));
  return {
    jid: jobId,
    'application-id': jobId,
    name: nameOf(details),
    isStoppable: false, // as Flink says of each job: `stop` does not ask for it
    state: status,
    'job-type': 'STREAMING',
    schedulerType: 'Adaptive',
    'start-time': submitted.at,
    'end-time': endedAt ?? NEVER,
    duration: Math.max(0, (endedAt ?? wallNow) - submitted.at),
    maxParallelism,
    now: wallNow,
    timestamps: { ...times, RECONCILING: 0 },
    vertices: shown,
    'status-counts': countsOf(shown.map((vertex) => vertex.status)),
    plan: planOf(details),
    'pending-operators': 0,
    reason: reason === null ? null : tellReason(reason, namesIn(vertices)),
  };
}

export function nameOf({ name, jobId }: Pick<JobDetails, 'name' | 'jobId'>): string {
  return name === '' ? jobId : name;
}

function vertexLineOf(
  details: JobDetails,
  measured: Measured,
  { id, name, parallelism, index }: Vertex,
  wallNow: number,
) {
  const subtasks = subtasksOf(details, index);
  const states = subtasks.map(({ state }) => state);
  const readings = subtasks.map((line) => measured.of(line));
  return {
    id: vertexIdOf(id),
    slotSharingGroupId: SLOT_SHARING_GROUP,
    name,
    maxParallelism: details.maxParallelism,
    parallelism,
    status: statusOf(states),
    ...spanOf(subtasks, wallNow),
    tasks: countsOf(states),
    metrics: ioMetricsOf(readings),
    load: loadOf(subtasks.map((line) => measured.now(line))),
  };
}

/** Each slot of a job takes one subtask of every vertex. */
const SLOT_SHARING_GROUP = '0'.repeat(32);

export function subtasksOf({ subtasks }: JobDetails, vertex: number): readonly SubtaskLine[] {
  return subtasks.filter((subtask) => subtask.vertex === vertex);
}

/** The status of several tasks (Flink: ExecutionJobVertex.getAggregateJobVertexState): the gravest, or the one that is left to be reached. */
function statusOf(states: readonly ExecutionState[]): ExecutionState {
  const order: readonly ExecutionState[] = [
    'FAILED',
    'CANCELING',
    'CREATED',
    'SCHEDULED',
    'DEPLOYING',
    'INITIALIZING',
    'RUNNING',
    'CANCELED',
  ];
  return order.find((state) => states.includes(state)) ?? (states.length === 0 ? 'CREATED' : 'FINISHED');
}

function countsOf(states: readonly ExecutionState[]): TypeOf<typeof shapes.job>['status-counts'] {
  const count = (state: ExecutionState): number => states.filter((one) => one === state).length;
  return {
    RUNNING: count('RUNNING'),
    FAILED: count('FAILED'),
    INITIALIZING: count('INITIALIZING'),
    CANCELED: count('CANCELED'),
    CREATED: count('CREATED'),
    RECONCILING: 0,
    SCHEDULED: count('SCHEDULED'),
    DEPLOYING: count('DEPLOYING'),
    CANCELING: count('CANCELING'),
    FINISHED: count('FINISHED'),
  };
}

interface Span {
  readonly 'start-time': number;
  readonly 'end-time': number;
  readonly duration: number;
}

/** From the first deployment to the end of the last. */
function spanOf(subtasks: readonly SubtaskLine[], wallNow: number): Span {
  const begun = subtasks.map(({ times }) => times.DEPLOYING).filter((at) => at > 0);
  if (begun.length === 0) return { 'start-time': NEVER, 'end-time': NEVER, duration: NEVER };
  const start = Math.min(...begun);
  const ends = subtasks.map(endOf);
  const end = ends.includes(NEVER) ? NEVER : Math.max(...ends);
  return { 'start-time': start, 'end-time': end, duration: Math.max(0, (end === NEVER ? wallNow : end) - start) };
}

function endOf({ state, times }: SubtaskLine): number {
  return isTerminal(state) ? times[state] : NEVER;
}

export function planOf(details: Pick<JobDetails, 'jobId' | 'name' | 'vertices'>): TypeOf<typeof shapes.plan> {
  const { jobId, vertices } = details;
  const nodes = vertices.map(({ id, parallelism, operators, inputs }) => ({
    id: vertexIdOf(id),
    operator: '',
    parallelism,
    operator_strategy: '',
    description: operators.map((operator, index) => `${index === 0 ? '' : '+- '}${operator.id}<br/>`).join(''),
    optimizer_properties: {},
    ...(inputs.length === 0
      ? {}
      : {
          inputs: inputs.map(({ source, partitioning }, num) => ({
            id: vertexIdOf(vertices[source]?.id ?? ''),
            num,
            exchange: 'pipelined_bounded',
            ship_strategy: partitioning.toUpperCase(),
          })),
        }),
  }));
  return { jid: jobId, name: nameOf(details), type: 'STREAMING', nodes: nodes.toReversed() }; // sinks first, as in Flink
}

export function jobConfigOf(details: JobDetails): TypeOf<typeof shapes.jobConfig> {
  const parallelism = Math.max(1, ...details.vertices.map((vertex) => vertex.parallelism));
  return {
    jid: details.jobId,
    name: nameOf(details),
    'execution-config': {
      'restart-strategy': details.restart ?? 'that of the cluster',
      'job-parallelism': parallelism,
      'object-reuse-mode': false,
      'user-config': {},
    },
  };
}

export function executionResultOf(details: JobDetails): TypeOf<typeof shapes.executionResult> {
  const { jobId, status, reason, submitted, endedAt } = details;
  if (!isGloballyTerminal(status)) return { status: { id: 'IN_PROGRESS' } };
  const end = endedAt ?? submitted.at;
  return {
    status: { id: 'COMPLETED' },
    'job-execution-result': {
      id: jobId,
      name: nameOf(details),
      'application-status': status === 'FINISHED' ? 'SUCCEEDED' : status,
      'accumulator-results': {},
      'net-runtime': Math.max(0, end - submitted.at),
      ...(reason === null
        ? {}
        : { 'failure-cause': causeOf(reason.kind, sentenceOf(reason, namesIn(details.vertices))) }),
      'application-id': jobId,
      'start-time': submitted.at,
      'end-time': end,
    },
  };
}

/** Where Flink has a Java exception there is a sentence, which Flink's clients read as one. */
export function causeOf(kind: string, sentence: string): TypeOf<typeof shapes.failureCause> {
  const name = `millrace.${kind}`;
  return { class: name, 'stack-trace': sentence, 'serialized-throwable': javaThrowable(name, sentence) };
}

// ---- Vertices

type Vertex = VertexLine & { readonly index: number };

/** @param id as it is shown, or that of its first operator */
export function findVertex({ vertices }: JobDetails, id: string): Vertex | null {
  const index = vertices.findIndex((vertex) => vertexIdOf(vertex.id) === id || vertex.id === id);
  return index < 0 ? null : { ...(vertices[index] as VertexLine), index };
}

export function subtaskOf(line: SubtaskLine, measured: Measured, wallNow: number): TypeOf<typeof shapes.subtask> {
  const span = spanOf([line], wallNow);
  return {
    subtask: line.subtask,
    status: line.state,
    attempt: line.attempt,
    endpoint: endpointOf(line),
    ...span,
    metrics: ioMetricsOf([measured.of(line)]),
    'taskmanager-id': endpointOf(line),
    'status-duration': durationsOf(line, wallNow),
    start_time: span['start-time'],
  };
}

function endpointOf({ taskManager }: SubtaskLine): string {
  return taskManager === '' ? '(unassigned)' : taskManager;
}

/** How long it was in each state that it does not stay in: until it entered the next one. */
function durationsOf({ times }: SubtaskLine, wallNow: number): Readonly<Record<string, number>> {
  const passing: readonly ExecutionState[] = ['CREATED', 'SCHEDULED', 'DEPLOYING', 'INITIALIZING', 'RUNNING'];
  const entered = passing.filter((state) => times[state] > 0);
  const over = (['CANCELING', 'FINISHED', 'CANCELED', 'FAILED'] as const).map((state) => times[state]);
  const end = Math.min(...over.filter((at) => at > 0), wallNow);
  const pairs = entered.map((state, index) => {
    const next = entered[index + 1];
    return [state, Math.max(0, (next === undefined ? end : times[next]) - times[state])] as const;
  });
  return Object.fromEntries(pairs);
}

export function vertexOf(
  details: JobDetails,
  vertex: Vertex,
  measured: Measured,
  wallNow: number,
): TypeOf<typeof shapes.vertex> {
  const lines = subtasksOf(details, vertex.index);
  return {
    id: vertexIdOf(vertex.id),
    name: vertex.name,
    parallelism: vertex.parallelism,
    maxParallelism: details.maxParallelism,
    now: wallNow,
    subtasks: lines.map((line) => subtaskOf(line, measured, wallNow)),
    aggregated: spreadOver(lines, measured, wallNow),
  };
}

function spreadOver(lines: readonly SubtaskLine[], measured: Measured, wallNow: number) {
  return aggregatedOf(
    lines.map((line) => measured.of(line)),
    lines.map((line) => durationsOf(line, wallNow)),
  );
}

export function subtaskTimesOf(
  details: JobDetails,
  vertex: Vertex,
  wallNow: number,
): TypeOf<typeof shapes.subtaskTimes> {
  return {
    id: vertexIdOf(vertex.id),
    name: vertex.name,
    now: wallNow,
    subtasks: subtasksOf(details, vertex.index).map((line) => ({
      subtask: line.subtask,
      endpoint: endpointOf(line),
      duration: durationSince(line.times, line, wallNow),
      timestamps: { ...line.times, RECONCILING: 0 },
    })),
  };
}

/** From SCHEDULED on, as in Flink. */
function durationSince(times: Readonly<Times<ExecutionState>>, line: SubtaskLine, wallNow: number): number {
  if (times.SCHEDULED === 0) return NEVER;
  const end = endOf(line);
  return Math.max(0, (end === NEVER ? wallNow : end) - times.SCHEDULED);
}

export function vertexTaskManagersOf(
  details: JobDetails,
  vertex: Vertex,
  measured: Measured,
  wallNow: number,
): TypeOf<typeof shapes.vertexTaskManagers> {
  const subtasks = subtasksOf(details, vertex.index);
  const endpoints = [...new Set(subtasks.map(endpointOf))].toSorted();
  return {
    id: vertexIdOf(vertex.id),
    name: vertex.name,
    now: wallNow,
    taskmanagers: endpoints.map((endpoint) => {
      const there = subtasks.filter((line) => endpointOf(line) === endpoint);
      const states = there.map(({ state }) => state);
      return {
        endpoint,
        status: statusOf(states),
        ...spanOf(there, wallNow),
        metrics: ioMetricsOf(there.map((line) => measured.of(line))),
        'status-counts': countsOf(states),
        'taskmanager-id': endpoint,
        aggregated: spreadOver(there, measured, wallNow),
      };
    }),
  };
}

// ---- Failures

/** How failures are told. */
export interface FailureWords {
  readonly vertices: VertexNames;
  readonly nameAt: NameAt;
}

export function exceptionsOf(
  exceptions: readonly RootException[],
  truncated: boolean,
  words: FailureWords,
): TypeOf<typeof shapes.exceptions> {
  const entries = exceptions.map((one) => ({
    ...exceptionOf(one, words),
    concurrentExceptions: one.concurrent.map((other) => exceptionOf(other, words)),
  }));
  return { exceptionHistory: { entries, truncated } };
}

/** With frames as in Flink's answers. */
function sentenceOf(reason: Reason, names: VertexNames): string {
  return withStack(tellReason(reason, names), stackOf(reason), '\t');
}

/** A sentence, and behind it frames, in which no address stands. */
function namedSentence(text: string, nameAt: NameAt): string {
  const [sentence = '', ...frames] = text.split('\n');
  return [withNames(sentence, nameAt), ...frames].join('\n');
}

function exceptionOf({ timestamp, cause, task, taskManager }: JobException, { vertices, nameAt }: FailureWords) {
  const { kind } = cause.kind === 'execution-failed' ? cause.reason : cause;
  const name = taskManager === null ? null : nameAt(taskManager);
  return {
    exceptionName: `millrace.${kind}`,
    stacktrace: namedSentence(sentenceOf(cause, vertices), nameAt),
    timestamp,
    failureLabels: {},
    ...(task === null ? {} : { taskName: task }),
    ...(taskManager === null ? {} : { endpoint: taskManager, taskManagerId: taskManager }),
    ...(name === null ? {} : { taskManagerName: name }),
  };
}
