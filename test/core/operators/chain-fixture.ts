// A chain in a test: a job's operators between its sources and its sink, one subtask, and a target that remembers.

import type { Value } from '../../../src/core/base/value.ts';
import { batchOfRows, timestampAt, valuesOfBatch, type Batch } from '../../../src/core/graph/batch.ts';
import { packKeyGroup, unpackKeyGroup } from '../../../src/core/checkpoint/key-group-codec.ts';
import type { KeyedEntry, OperatorSnapshot } from '../../../src/core/checkpoint/snapshot.ts';
import { defineJob, type JobDefinition, type JobSettings } from '../../../src/core/graph/define-job.ts';
import type { DataStream } from '../../../src/core/graph/streams.ts';
import {
  advanceWatermark,
  beginSnapshot,
  createChain,
  createRestoreCursor,
  processBatch,
  resolveChain,
  restoreStep,
  snapshotStep,
  type ChainCode,
  type ChainState,
  type Rows,
} from '../../../src/core/operators/chain.ts';
import { chainOperators } from '../../../src/core/graph/chaining.ts';

export interface Row {
  readonly key: string | number | boolean;
  readonly amount: number;
}

export interface Emitted {
  readonly value: Value;
  readonly timestamp: number;
}

export interface Harness {
  readonly chain: ChainState;
  readonly code: ChainCode;
  readonly job: JobDefinition;
  readonly emitted: Emitted[];
  send(value: Value, timestamp?: number): void;
  /** As one batch. */
  sendAll(records: readonly Emitted[]): void;
  /** Raises the watermark in steps of `maxTimers`; returns how many steps that took. */
  advance(watermark: number, maxTimers?: number): number;
  /** What was emitted since the last look. */
  take(): Emitted[];
  values(): Value[];
}

/** What came out of a chain, in order. */
export function emittedIn({ values, timestamps }: Rows, size: number): Emitted[] {
  return values.slice(0, size).map((value, index) => ({ value, timestamp: timestamps[index] as number }));
}

/** The records of a batch, in order. */
export function rowsOf(batch: Batch): Emitted[] {
  return valuesOfBatch(batch).map((value, index) => ({ value, timestamp: timestampAt(batch, index) }));
}

export function batchOf(records: readonly Emitted[]): Batch {
  return batchOfRows(
    records.map(({ value }) => value),
    records.map(({ timestamp }) => timestamp),
  );
}

/** The job `rows -> … -> out` with everything in one subtask. */
export function jobOf(build: (rows: DataStream<Row>) => DataStream<never>, settings: JobSettings = {}): JobDefinition {
  return defineJob(
    'test',
    (env) =>
      build(env.fromSource<Row>('rows', { topic: 'rows', splits: 1, timestamp: () => 0 })).sinkTo('out', {
        sink: 'out',
      }),
    { maxParallelism: 8, ...settings },
  );
}

/** Runs the chain of the vertex before the sink. */
export function harness(
  job: JobDefinition,
  place: { subtask: number; parallelism: number } = { subtask: 0, parallelism: 1 },
): Harness {
  const operators = chainOperators(job.graph)
    .vertices.at(-1)!
    .operators.filter((operator) => operator.kind !== 'source' && operator.kind !== 'sink');
  const chain = createChain(operators, { ...place, maxParallelism: job.graph.maxParallelism });
  const code = resolveChain(operators, job.program, job.graph.parameters);
  const emitted: Emitted[] = [];
  const target = { onRows: (rows: Rows, size: number) => void emitted.push(...emittedIn(rows, size)) };
  const harness: Harness = {
    chain,
    code,
    job,
    emitted,
    send: (value, timestamp = 0) => harness.sendAll([{ value, timestamp }]),
    sendAll: (records) => processBatch(chain, code, batchOf(records), target),
    advance: (watermark, maxTimers = 1_000) => {
      let steps = 1;
      while (!advanceWatermark(chain, code, watermark, maxTimers, target)) steps += 1;
      return steps;
    },
    take: () => emitted.splice(0),
    values: () => harness.take().map((one) => one.value),
  };
  return harness;
}

/** A whole snapshot, taken in steps of this many groups. */
export function snapshotOf(chain: ChainState, maxGroups = 3): readonly OperatorSnapshot[] {
  const cursor = beginSnapshot(chain);
  for (;;) {
    const done = snapshotStep(chain, cursor, maxGroups);
    if (done !== null) return done;
  }
}

/** A snapshot as it is before it is packed. */
export interface OpenedSnapshot {
  readonly operator: string;
  readonly keyGroups: readonly { readonly keyGroup: number; readonly entries: readonly KeyedEntry[] }[];
}

export function opened(snapshots: readonly OperatorSnapshot[]): readonly OpenedSnapshot[] {
  return snapshots.map(({ operator, keyGroups }) => ({
    operator,
    keyGroups: keyGroups.map((group) => {
      const entries = unpackKeyGroup(group);
      if (!entries.ok) throw new Error(entries.reason);
      return { keyGroup: group.keyGroup, entries: entries.value };
    }),
  }));
}

export function packed(snapshots: readonly OpenedSnapshot[]): readonly OperatorSnapshot[] {
  return snapshots.map(({ operator, keyGroups }) => ({
    operator,
    keyGroups: keyGroups.map(({ keyGroup, entries }) => packKeyGroup(keyGroup, entries)),
  }));
}

/** Restores into a fresh chain, in steps of this many groups. */
export function restore(
  chain: ChainState,
  snapshots: readonly OperatorSnapshot[],
  watermark: number,
  maxGroups = 3,
): void {
  const cursor = createRestoreCursor();
  for (;;) {
    const step = restoreStep(chain, snapshots, cursor, maxGroups);
    if (!step.ok) throw new Error(step.reason);
    if (step.value) break;
  }
  chain.watermark = watermark;
}
