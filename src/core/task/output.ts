// Where the tail of a task's chain puts its batches: into the partitions of its output edges, or into its sink.
// Targets live for one step and hold no state of their own.
import { must } from '../base/assert.ts';
import { RECORD, type AtWork } from '../base/at-work.ts';
import type { Value } from '../base/value.ts';
import type { Batch } from '../graph/batch.ts';
import { nextRebalanceSubtask, subtaskOfKey } from '../graph/partitioners.ts';
import { originAt, processBatch } from '../operators/chain.ts';
import type { ChainCode, ChainState, Rows, RowTarget } from '../operators/chain.ts';
import { addSinkRecord } from '../operators/sink.ts';
import type { SinkState } from '../operators/sink.ts';
import type { SourceTarget } from '../operators/source.ts';
import type { KeyOf, TaskCode } from './code.ts';
import { addRecord } from './result-partition.ts';
import type { OutputChannel, OutputEdge, ResultPartition } from './result-partition.ts';
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
  readonly #keys: readonly (KeyOf | null)[];
  readonly #maxParallelism: number;
  readonly #batchSize: number;
  readonly #atWork: AtWork;

  constructor(task: TaskState, code: TaskCode, { options, code: { atWork } }: TaskStep) {
    this.#partition = task.partition;
    this.#keys = code.keys;
    this.#maxParallelism = task.descriptor.maxParallelism;
    this.#batchSize = options.batchSizeRecords;
    this.#atWork = atWork;
  }

  /** Record by record, each to all edges: key functions are user code, and fail in the order of the records. */
  onRows({ values, timestamps, origins }: Rows, size: number): void {
    const { edges } = this.#partition;
    for (let index = 0; index < size; index++) {
      const value = values[index] as Value;
      const timestamp = timestamps[index] as number;
      this.#atWork[RECORD] = originAt(origins, index);
      for (let at = 0; at < edges.length; at++) {
        const channel = this.#channelFor(edges[at] as OutputEdge, this.#keys[at] as KeyOf | null, value);
        addRecord(this.#partition, channel, value, timestamp, this.#batchSize);
      }
    }
  }

  #channelFor(edge: OutputEdge, keyOf: KeyOf | null, value: Value): OutputChannel {
    const { channels } = edge;
    if (keyOf !== null) {
      const subtask = subtaskOfKey(keyOf(value), this.#maxParallelism, channels.length);
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

  onBatch(batch: Batch): void {
    processBatch(this.#chain, this.#code, batch, this.#tail);
  }
}
