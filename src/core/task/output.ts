// Where the tail of a task's chain puts its batches: into the partitions of its output edges, or into its sink.
// Targets live for one step and hold no state of their own.
import { must } from '../base/assert.ts';
import { RECORD, type AtWork } from '../base/at-work.ts';
import type { Value } from '../base/value.ts';
import type { RecordColumn } from '../columns/column.ts';
import { COLUMN_RECORDS_MIN, recordsOfRows, type Batch } from '../graph/batch.ts';
import { keyColumnOf } from '../graph/key-column.ts';
import { nextRebalanceSubtask, subtaskOfKey } from '../graph/partitioners.ts';
import { originAt, processBatch } from '../operators/chain.ts';
import type { ChainCode, ChainState, Rows, RowTarget } from '../operators/chain.ts';
import { addSinkRecord } from '../operators/sink.ts';
import type { SinkState } from '../operators/sink.ts';
import type { SourceTarget } from '../operators/source.ts';
import type { EdgeKey, TaskCode } from './code.ts';
import { addRecord } from './result-partition.ts';
import type { OutputChannel, OutputEdge, ResultPartition } from './result-partition.ts';
import { scatter, type ShownKeys } from './scatter.ts';
import type { TaskState } from './state.ts';
import type { TaskStep } from './step.ts';

export function tailTarget(task: TaskState, code: TaskCode, step: TaskStep): RowTarget {
  if (task.sink !== null) return new SinkTarget(task.sink, step.options.sinkChunkRecords);
  return new PartitionTarget(task, code, step);
}

class SinkTarget implements RowTarget {
  readonly #sink: SinkState;
  readonly #chunkRecords: number;

  constructor(sink: SinkState, chunkRecords: number) {
    this.#sink = sink;
    this.#chunkRecords = chunkRecords;
  }

  onRows({ values }: Rows, size: number): void {
    for (let index = 0; index < size; index++) addSinkRecord(this.#sink, values[index] as Value, this.#chunkRecords);
  }
}

class PartitionTarget implements RowTarget {
  readonly #partition: ResultPartition;
  readonly #keys: readonly (EdgeKey | null)[];
  readonly #maxParallelism: number;
  readonly #batchSize: number;
  readonly #atWork: AtWork;
  /** Batches may be columns, and these show where each record goes: no call of user code does. */
  readonly #isByColumns: boolean;

  constructor(task: TaskState, code: TaskCode, { options, code: { atWork } }: TaskStep) {
    this.#partition = task.partition;
    this.#keys = code.keys;
    this.#maxParallelism = task.descriptor.maxParallelism;
    this.#batchSize = options.batchSizeRecords;
    this.#atWork = atWork;
    this.#isByColumns =
      options.batchSizeRecords >= COLUMN_RECORDS_MIN && code.keys.every((key) => key === null || key.path !== null);
  }

  onRows(rows: Rows, size: number): void {
    const column = this.#isByColumns ? (rows.column ?? recordsOfRows(rows.values, size)) : null;
    if (column === null || !this.#takeColumn(column, rows.timestamps, size)) this.#takeRows(rows, size);
  }

  /** All at once, edge by edge: no user code runs, and nothing fails. False, and nothing was taken: not every record shows a key. */
  #takeColumn(column: RecordColumn, timestamps: ArrayLike<number>, size: number): boolean {
    const { edges } = this.#partition;
    const shown: (ShownKeys | null)[] = [];
    for (const edgeKey of this.#keys) {
      const keys = edgeKey === null ? null : keyColumnOf(column, edgeKey.path ?? []);
      if (edgeKey !== null && keys === null) return false;
      shown.push(keys && edgeKey && { keys, edgeKey, maxParallelism: this.#maxParallelism });
    }
    const records = { column, times: timestamps, size };
    for (let at = 0; at < edges.length; at++)
      scatter(this.#partition, edges[at] as OutputEdge, records, shown[at] as ShownKeys | null, this.#batchSize);
    return true;
  }

  /** Record by record, each to all edges: key functions are user code, and fail in the order of the records. */
  #takeRows({ values, timestamps, origins }: Rows, size: number): void {
    const { edges } = this.#partition;
    for (let index = 0; index < size; index++) {
      const value = values[index] as Value;
      const timestamp = timestamps[index] as number;
      this.#atWork[RECORD] = originAt(origins, index);
      for (let at = 0; at < edges.length; at++) {
        const channel = this.#channelFor(edges[at] as OutputEdge, this.#keys[at] as EdgeKey | null, value);
        addRecord(this.#partition, channel, value, timestamp, this.#batchSize);
      }
    }
  }

  #channelFor(edge: OutputEdge, edgeKey: EdgeKey | null, value: Value): OutputChannel {
    const { channels } = edge;
    if (edgeKey !== null) {
      const subtask = subtaskOfKey(edgeKey.keyOf(value), this.#maxParallelism, channels.length);
      return must(channels[subtask], 'consumer of a key group');
    }
    const channel = must(channels[edge.turn], 'consumer');
    edge.turn = nextRebalanceSubtask(edge.turn, channels.length); // `forward` has one consumer, whose turn it always is
    return channel;
  }
}

/** Puts the batches of a source into the head of its chain. */
export class ChainHead implements SourceTarget {
  readonly #chain: ChainState;
  readonly #code: ChainCode;
  readonly #tail: RowTarget;

  constructor(chain: ChainState, code: ChainCode, tail: RowTarget) {
    this.#chain = chain;
    this.#code = code;
    this.#tail = tail;
  }

  onBatch(batch: Batch, values: readonly Value[] | null): void {
    processBatch(this.#chain, this.#code, batch, this.#tail, values);
  }
}
