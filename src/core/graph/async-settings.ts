// What `mapAsync` is told: its function, and how it waits.
import type { RecordContext } from './functions.ts';
import { noteUnknown, type JobBuilder, type OperatorSettings } from './job-builder.ts';
import type { MapAsyncOperator } from './job-graph.ts';

/** A user function of a record that answers later. What it throws, and what its promise is rejected with, fails the task with operator and record. */
export type AsyncFunction<T, R> = (value: T, context: RecordContext) => Promise<R>;

/** How `mapAsync` waits. */
export interface MapAsyncSettings extends OperatorSettings {
  /**
   * Results come in the order of their records. Else as they are there: a record may overtake others, but no watermark.
   * @default true
   */
  readonly ordered?: boolean;
  /**
   * Records that each subtask has in flight at the most. When there are so many, it takes no more.
   * @unit records, 1 to 10,000
   * @default 100
   */
  readonly capacity?: number;
  /**
   * A call that takes longer fails the job.
   * @unit ms
   * @default 0: a call may take as long as it likes
   */
  readonly timeoutMs?: number;
}

const KNOWN = ['parallelism', 'ordered', 'capacity', 'timeoutMs'] satisfies (keyof MapAsyncSettings)[];
const CAPACITY = 100; // as in Flink

export function mapAsyncOperator(builder: JobBuilder, id: string, settings: MapAsyncSettings): MapAsyncOperator {
  noteUnknown(builder, id, 'setting', settings, KNOWN);
  const { parallelism = builder.parallelism, ordered = true, capacity = CAPACITY, timeoutMs = 0 } = settings;
  return { id, kind: 'map-async', parallelism, order: ordered ? 'ordered' : 'unordered', capacity, timeoutMs };
}
