// Where the tail of a task's chain puts its records: into the partitions of its output edges, or into its sink.
// Collectors live for one step and hold no state of their own.
import { must } from '../base/assert.ts';
import type { Value } from '../base/value.ts';
import { nextRebalanceSubtask, subtaskOfKey } from '../graph/partitioners.ts';
import { processRecord } from '../operators/chain.ts';
import type { ChainCode, ChainState, Collector } from '../operators/chain.ts';
import { addSinkRecord } from '../operators/sink.ts';
import type { SinkState } from '../operators/sink.ts';
import type { KeyOf, TaskCode } from './code.ts';
import { addRecord } from './result-partition.ts';
import type { OutputChannel, OutputEdge, ResultPartition } from './result-partition.ts';
import type { TaskState } from './state.ts';
import type { TaskStep } from './step.ts';

export function tailCollector(task: TaskState, code: TaskCode, step: TaskStep): Collector {
  if (task.sink !== null) return new SinkCollector(task.sink, step.options.sinkChunkRecords);
  return new PartitionCollector(task, code, step.options.batchSizeRecords);
}

class SinkCollector implements Collector {
  readonly #sink: SinkState;
  readonly #chunkRecords: number;

  constructor(sink: SinkState, chunkRecords: number) {
    this.#sink = sink;
    this.#chunkRecords = chunkRecords;
  }

  collect(value: Value): void {
    addSinkRecord(this.#sink, value, this.#chunkRecords);
  }
}

class PartitionCollector implements Collector {
  readonly #partition: ResultPartition;
  readonly #keys: readonly (KeyOf | null)[];
  readonly #maxParallelism: number;
  readonly #batchSize: number;

  constructor(task: TaskState, code: TaskCode, batchSize: number) {
    this.#partition = task.partition;
    this.#keys = code.keys;
    this.#maxParallelism = task.descriptor.maxParallelism;
    this.#batchSize = batchSize;
  }

  collect(value: Value, timestamp: number): void {
    const { edges } = this.#partition;
    for (let index = 0; index < edges.length; index++) {
      const channel = this.#channelFor(edges[index] as OutputEdge, this.#keys[index] as KeyOf | null, value);
      addRecord(this.#partition, channel, value, timestamp, this.#batchSize);
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

/** Puts the records of a source into the head of its chain. */
export class ChainHead implements Collector {
  readonly #chain: ChainState;
  readonly #code: ChainCode;
  readonly #tail: Collector;

  constructor(chain: ChainState, code: ChainCode, tail: Collector) {
    this.#chain = chain;
    this.#code = code;
    this.#tail = tail;
  }

  collect(value: Value, timestamp: number): void {
    processRecord(this.#chain, this.#code, value, timestamp, this.#tail);
  }
}
