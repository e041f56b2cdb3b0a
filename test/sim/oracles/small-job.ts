// A job of four tasks with its checkpoints, as a good cluster would show them: two source subtasks, two of a keyed operator with a sink.
// Snapshots are made with the real operators, so that a good history is judged against an independent reference.
import type { Value } from '../../../src/core/base/value.ts';
import { withDefaults } from '../../../src/core/base/options.ts';
import { handleOf } from '../../../src/core/checkpoint/handles.ts';
import { encodeMetadata } from '../../../src/core/checkpoint/metadata-codec.ts';
import { encodeTaskSnapshot } from '../../../src/core/checkpoint/snapshot-codec.ts';
import { verticesInCheckpoint, type SubtaskSnapshot } from '../../../src/core/checkpoint/metadata.ts';
import type { TaskSnapshot } from '../../../src/core/checkpoint/snapshot.ts';
import { batchOfRows, NO_TIMESTAMP } from '../../../src/core/graph/batch.ts';
import { emittedIn } from '../../core/operators/chain-fixture.ts';
import { chainOperators } from '../../../src/core/graph/chaining.ts';
import { defineJob } from '../../../src/core/graph/define-job.ts';
import { subtaskOfKey } from '../../../src/core/graph/partitioners.ts';
import { tumblingEventTime } from '../../../src/core/graph/windows.ts';
import {
  advanceWatermark,
  beginSnapshot,
  createChain,
  processBatch,
  resolveChain,
  type Rows,
  snapshotStep,
} from '../../../src/core/operators/chain.ts';
import { clusterOptionTable } from '../../../src/core/protocol/cluster-options.ts';
import { checkpointsKey, counterKey } from '../../../src/core/protocol/ha-keys.ts';
import type { CompletedCheckpoint } from '../../../src/core/protocol/ha-records.ts';
import type {
  AttemptId,
  Bodies,
  ChannelCount,
  SnapshotHandle,
  TaskDescriptor,
} from '../../../src/core/protocol/messages.ts';
import { encodeCheckpoints, encodeCounter } from '../../../src/core/protocol/records-codec.ts';
import { simOptionTable } from '../../../src/scenario/sim-options.ts';
import type { OracleContext } from '../../../src/sim/oracles/context.ts';
import type { History } from './history.ts';

export const JOB = 'job-1';
const END = Number.MAX_SAFE_INTEGER;

export interface Word {
  readonly word: string;
  readonly at: number;
}

/** In the order of their times, all but one: 40 after 45, which the bound of 10 allows. */
const words: readonly (readonly Word[])[] = [
  [
    { word: 'mill', at: 10 },
    { word: 'race', at: 45 },
    { word: 'mill', at: 40 },
    { word: 'wheel', at: 130 },
    { word: 'mill', at: 250 },
  ],
  [
    { word: 'race', at: 20 },
    { word: 'race', at: 60 },
    { word: 'wheel', at: 120 },
    { word: 'race', at: 310 },
  ],
];

const settings = { topic: 'words', splits: 2, timestamp: (value: Word) => value.at, outOfOrdernessMs: 10 };

export const counting = defineJob(
  'counting',
  (env) => {
    env
      .fromSource<Word>('words', settings)
      .map('one', ({ word }) => ({ word, count: 1 }))
      .keyBy(({ word }) => word)
      .reduce('count', (left, right) => ({ word: left.word, count: left.count + right.count }))
      .sinkTo('out', { sink: 'counts' });
  },
  { parallelism: 2 },
);

export const windowing = defineJob(
  'windowing',
  (env) => {
    env
      .fromSource<Word>('words', settings)
      .keyBy(({ word }) => word)
      .window('per-100', tumblingEventTime(100))
      .aggregate({
        create: () => 0,
        add: (count: number) => count + 1,
        result: (count, { key, window }) => ({ word: key, from: window.start, count }),
      })
      .sinkTo('out', { sink: 'counts' });
  },
  { parallelism: 2 },
);

export function contextOf(job: typeof counting, changes: Partial<OracleContext> = {}): OracleContext {
  return {
    jobId: JOB,
    clients: ['client'],
    submitAtMs: 0,
    graph: job.graph,
    program: job.program,
    topics: { words: { splits: words as unknown as readonly (readonly Value[])[] } },
    options: withDefaults(clusterOptionTable),
    costs: withDefaults(simOptionTable),
    reference: true,
    ...changes,
  };
}

export interface Try {
  readonly epoch: number;
  readonly attempt: number;
}

export interface CheckpointPlan extends Try {
  readonly id: number;
  /** Records of each split before the cut. */
  readonly positions: readonly [number, number];
  /** The sources end there, whatever lies behind. */
  readonly ended?: boolean;
  readonly transactions?: (subtask: number) => TaskSnapshot['transactions'];
}

export function attemptOf(vertex: number, subtask: number, attempt: number): AttemptId {
  return { jobId: JOB, vertex, subtask, attempt };
}

const registered = (epoch: number) => ({ epoch, incarnation: 1 });
export const nodeOf = (subtask: number): string => `tm-${subtask + 1}`;
export const places: readonly (readonly [vertex: number, subtask: number])[] = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];

export function snapshotName(plan: { readonly id: number } & Try, vertex: number, subtask: number): string {
  return `${JOB}/chk-${plan.id}/${vertex}-${subtask}-e${plan.epoch}-a${plan.attempt}`;
}

/** The snapshots of all subtasks at a cut, by running the real operators up to it. */
export function snapshotsOf(context: OracleContext, plan: CheckpointPlan): ReadonlyMap<string, TaskSnapshot> {
  const splits = [0, 1].map(
    (split) => (context.topics['words']?.splits[split] ?? []).slice(0, plan.positions[split]) as unknown as Word[],
  );
  const isEnd = (split: number): boolean =>
    plan.ended === true || splits[split]?.length === context.topics['words']?.splits[split]?.length;
  const seen = splits.map((records) => records.reduce((most, { at }) => Math.max(most, at), NO_TIMESTAMP));
  const split = (index: number): number =>
    isEnd(index) ? END : seen[index] === NO_TIMESTAMP ? NO_TIMESTAMP : (seen[index] as number) - 11;
  const watermark = Math.min(split(0), split(1));
  const common = { format: 'millrace-snapshot', version: 3, checkpointId: plan.id } as const;
  const snapshots = new Map<string, TaskSnapshot>();
  for (const index of [0, 1]) {
    const progress = {
      operator: 'words',
      split: index,
      position: splits[index]?.length ?? 0,
      maxTimestamp: seen[index] as number,
      mark: '',
    };
    snapshots.set(`0/${index}`, {
      ...common,
      watermark: split(index),
      atEnd: isEnd(index),
      splits: [progress],
      operators: [],
      transactions: [],
    });
    const operators = keyedState(context, splits, index, watermark);
    const transactions = plan.transactions?.(index) ?? [];
    snapshots.set(`1/${index}`, {
      ...common,
      watermark,
      atEnd: watermark === END,
      splits: [],
      operators,
      transactions,
    });
  }
  return snapshots;
}

function keyedState(
  context: OracleContext,
  splits: readonly Word[][],
  subtask: number,
  watermark: number,
): TaskSnapshot['operators'] {
  const { vertices } = chainOperators(context.graph);
  const [sources, counts] = [vertices[0], vertices[1]];
  const place = { subtask, parallelism: 2, maxParallelism: context.graph.maxParallelism };
  const operators = counts?.operators.slice(0, -1) ?? [];
  const chain = createChain(operators, place);
  const code = resolveChain(operators, context.program, null);
  const before = resolveChain(sources?.operators.slice(1) ?? [], context.program, null);
  const feed = createChain(sources?.operators.slice(1) ?? [], place);
  const nowhere = { onRows: () => undefined };
  const shuffle = {
    onRows: (rows: Rows, size: number) => {
      for (const { value, timestamp } of emittedIn(rows, size)) {
        const owner = subtaskOfKey((value as unknown as Word).word, place.maxParallelism, 2);
        if (owner === subtask) processBatch(chain, code, batchOfRows([value], [timestamp]), nowhere);
      }
    },
  };
  for (const records of splits) {
    const times = records.map(({ at }) => at);
    processBatch(feed, before, batchOfRows(records as unknown as Value[], times), shuffle);
  }
  if (watermark > NO_TIMESTAMP) while (!advanceWatermark(chain, code, watermark, 1_000, nowhere));
  return snapshotStep(chain, beginSnapshot(chain), 1_000) ?? [];
}

export function descriptorOf(
  context: OracleContext,
  vertex: number,
  subtask: number,
  attempt: number,
  restore: TaskDescriptor['restore'],
): TaskDescriptor {
  const { vertices } = chainOperators(context.graph);
  const own = vertices[vertex] as TaskDescriptor['vertex'];
  const peers = [0, 1].map((other) => ({ subtask: other, attempt, address: nodeOf(other) }));
  return {
    attempt: attemptOf(vertex, subtask, attempt),
    artifact: 'artifact',
    vertex: own,
    maxParallelism: context.graph.maxParallelism,
    parameters: null,
    inputs: own.inputs.map((edge) => ({ edge, producers: peers })),
    outputs: own.outputs.map((edge) => ({ edge, consumers: peers })),
    splits: vertex === 0 ? [subtask] : [],
    restore,
  };
}

export type Handles = (vertex: number, subtask: number) => TaskDescriptor['restore'];

export function deployment(
  context: OracleContext,
  run: Try,
  vertex: number,
  subtask: number,
  handles: Handles,
): Bodies['deploy-task'] {
  const task = descriptorOf(context, vertex, subtask, run.attempt, handles(vertex, subtask));
  return { ...registered(run.epoch), slotIndex: 0, allocationId: `slot-${subtask}-${run.epoch}`, task };
}

/** All tasks are deployed by `jm-1` on `tm-1` and `tm-2`. */
export function deployAll(
  history: History,
  context: OracleContext,
  run: Try,
  handles: Handles = () => null,
  jm = 'jm-1',
): void {
  for (const [vertex, subtask] of places) {
    history.exchange(jm, nodeOf(subtask), 'deploy-task', deployment(context, run, vertex, subtask, handles));
  }
}

export function triggerAll(history: History, { epoch, attempt, id }: CheckpointPlan, jm = 'jm-1'): void {
  history.writeHa(jm, counterKey(JOB), encodeCounter({ lastCheckpointId: id }), epoch);
  for (const subtask of [0, 1]) {
    const body = {
      ...registered(epoch),
      attempt: attemptOf(0, subtask, attempt),
      checkpointId: id,
      timestamp: 0,
      drain: false,
    };
    history.exchange(jm, nodeOf(subtask), 'trigger-checkpoint', body);
  }
}

export function putSnapshots(
  history: History,
  context: OracleContext,
  plan: CheckpointPlan,
): ReadonlyMap<string, SnapshotHandle> {
  const handles = new Map<string, SnapshotHandle>();
  for (const [place, snapshot] of snapshotsOf(context, plan)) {
    const [vertex, subtask] = place.split('/').map(Number) as [number, number];
    const bytes = encodeTaskSnapshot(snapshot);
    const name = snapshotName(plan, vertex, subtask);
    history.put(nodeOf(subtask), name, bytes);
    handles.set(place, handleOf(name, bytes));
  }
  return handles;
}

/** Each source subtask sent so many records to each consumer; both ends say the same. */
export function counts(vertex: number, subtask: number): { recordsIn: ChannelCount[]; recordsOut: ChannelCount[] } {
  const records = (producer: number, consumer: number): number => 1 + producer * 2 + consumer;
  const channels = [0, 1].map((peer) => ({
    edge: 0,
    peer,
    records: vertex === 0 ? records(subtask, peer) : records(peer, subtask),
  }));
  return vertex === 0 ? { recordsIn: [], recordsOut: channels } : { recordsIn: channels, recordsOut: [] };
}

export function acknowledgement(
  plan: CheckpointPlan,
  vertex: number,
  subtask: number,
  handle: SnapshotHandle,
): Bodies['acknowledge-checkpoint'] {
  return {
    ...registered(plan.epoch),
    attempt: attemptOf(vertex, subtask, plan.attempt),
    checkpointId: plan.id,
    handle,
    atEnd: false,
    splits: [],
    transactions: [],
    metrics: { ...counts(vertex, subtask), alignmentMs: 0, durationMs: 0 },
  };
}

export function acknowledgeAll(
  history: History,
  plan: CheckpointPlan,
  handles: ReadonlyMap<string, SnapshotHandle>,
  jm = 'jm-1',
): void {
  for (const [vertex, subtask] of places) {
    const handle = handles.get(`${vertex}/${subtask}`) as SnapshotHandle;
    history.exchange(nodeOf(subtask), jm, 'acknowledge-checkpoint', acknowledgement(plan, vertex, subtask, handle));
  }
}

export function subtasksOf(plan: CheckpointPlan, handles: ReadonlyMap<string, SnapshotHandle>): SubtaskSnapshot[] {
  return places.map(([vertex, subtask]) => ({
    vertex,
    subtask,
    attempt: plan.attempt,
    handle: handles.get(`${vertex}/${subtask}`) as SnapshotHandle,
    atEnd: false,
    splits: vertex === 0 ? [{ operator: 'words', split: subtask, position: plan.positions[subtask] as number }] : [],
    transactions: [],
  }));
}

export function putMetadata(
  history: History,
  context: OracleContext,
  plan: CheckpointPlan,
  subtasks: readonly SubtaskSnapshot[],
  jm = 'jm-1',
): CompletedCheckpoint {
  const name = `${JOB}/chk-${plan.id}/metadata-e${plan.epoch}`;
  const bytes = encodeMetadata({
    format: 'millrace-checkpoint',
    version: 3,
    jobId: JOB,
    checkpointId: plan.id,
    epoch: plan.epoch,
    maxParallelism: context.graph.maxParallelism,
    final: false,
    vertices: verticesInCheckpoint(chainOperators(context.graph).vertices),
    subtasks,
    coordinators: [],
  });
  history.put(jm, name, bytes);
  return { checkpointId: plan.id, metadata: handleOf(name, bytes), final: false };
}

export function writePointers(
  history: History,
  epoch: number,
  completed: readonly CompletedCheckpoint[],
  jm = 'jm-1',
): void {
  history.writeHa(jm, checkpointsKey(JOB), encodeCheckpoints({ completed }), epoch);
}

export function notifyAll(history: History, plan: CheckpointPlan, jm = 'jm-1'): void {
  for (const [vertex, subtask] of places) {
    const body = {
      ...registered(plan.epoch),
      attempt: attemptOf(vertex, subtask, plan.attempt),
      checkpointId: plan.id,
      final: false,
    };
    history.exchange(jm, nodeOf(subtask), 'notify-checkpoint-complete', body);
  }
}

export interface Completed {
  readonly pointer: CompletedCheckpoint;
  readonly handles: ReadonlyMap<string, SnapshotHandle>;
}

/** A checkpoint from trigger to notification, as it should be. */
export function completeCheckpoint(
  history: History,
  context: OracleContext,
  plan: CheckpointPlan,
  jm = 'jm-1',
): Completed {
  triggerAll(history, plan, jm);
  const handles = putSnapshots(history, context, plan);
  acknowledgeAll(history, plan, handles, jm);
  const pointer = putMetadata(history, context, plan, subtasksOf(plan, handles), jm);
  writePointers(history, plan.epoch, [pointer], jm);
  notifyAll(history, plan, jm);
  return { pointer, handles };
}

/** What tasks are deployed with after such a checkpoint. */
export function restoring({ pointer, handles }: Completed): Handles {
  return (vertex, subtask) => ({
    checkpointId: pointer.checkpointId,
    handles: [handles.get(`${vertex}/${subtask}`) as SnapshotHandle],
  });
}
