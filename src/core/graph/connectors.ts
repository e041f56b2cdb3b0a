// What a connector is: how ports reach a source outside. A connector is asynchronous, and runs on the real side alone; machines see its records.
import type { Value } from '../base/value.ts';
import type { Schema } from '../columns/schema.ts';

/** Takes the records of a read, in order. What becomes of them is not the connector's affair. */
export interface RecordsOut {
  /** Adds one record, which is data. */
  add(record: Value): void;
}

/** What is wanted of a split. */
export interface SplitRequest {
  /**
   * Of the first record that is wanted: so many records of the split come before it.
   * @unit records
   */
  readonly position: number;
  /** What the split was told to remember at this position, or at an earlier one; '': nothing. */
  readonly mark: string;
  /** The most that is taken. */
  readonly maxRecords: number;
}

/** What was read. */
export interface SplitAnswer {
  /** No record ever follows. A split that has none yet gives no record and `false`, and is asked again. */
  readonly end: boolean;
  /** Goes into checkpoints, and comes back in the request that goes on from here: where that is, and by what it is known again. At most 1,000 characters. */
  readonly mark: string;
}

/** One split of a source, opened. Reads of it come one after the other. */
export interface SplitReader {
  /**
   * Reads from a position on, also from one before. What it throws is told with its message, and asked again. An error with the field `isRefusal: true` says
   * that the same read would meet it again: it fails the task, and so, by its restart strategy, the job.
   */
  read(request: SplitRequest, out: RecordsOut): Promise<SplitAnswer>;
  /** Nothing is read any more. */
  close(): Promise<void>;
}

/** What a URL says of a split. */
export interface SplitPlace {
  /** What stands between the scheme and the options. */
  readonly place: string;
  /** Options by name; a flag without a value is ''. */
  readonly options: ReadonlyMap<string, string>;
  /** From 0. */
  readonly split: number;
  /** Of the source. */
  readonly splits: number;
  /**
   * What each record must be, as the source declares it. Records are held against it, whoever gives them.
   * @default anything that is data
   */
  readonly schema?: Schema;
}

/**
 * A source by the scheme of a URL. The same position must give the same records whenever it is read, or exactly-once ends there.
 * A job file registers its own: `export const connectors = { kafkaish: … }`.
 */
export interface SourceConnector {
  /**
   * Names of options that its URLs may have.
   * @default none
   */
  readonly options?: readonly string[];
  /** Opens a split. What it throws is told, and tried again; an error with `isRefusal: true` fails the task, as one of `read` does. */
  open(place: SplitPlace): SplitReader | Promise<SplitReader>;
}

/** What one transaction of a sink wrote, once its checkpoint is complete. */
export interface SinkDelivery {
  /** The same whenever the same records are delivered, and of no others: whoever keeps it beside them takes none of them twice. */
  readonly transaction: string;
  /** In the order in which the subtask wrote them. */
  readonly records: AsyncIterable<Value>;
}

/** A sink, opened to deliver. */
export interface SinkDeliverer {
  /**
   * Takes the records of a transaction. It may be called again for the same one, also at the same time by another process: records and name of the transaction
   * must come there as one, and a name that is there already means that nothing is left to do. What it throws is told with its message, and tried again.
   */
  deliver(delivery: SinkDelivery): Promise<void>;
  /** Nothing is delivered any more. */
  close(): Promise<void>;
}

/**
 * A sink by the scheme of a URL. Records wait in files of the cluster until a checkpoint covers them; then they are delivered, from a TaskManager, or from a process
 * beside the JobManager where that closes a job.
 * A job file registers its own: `export const connectors = { tableish: { openSink } }`.
 */
export interface SinkConnector {
  /**
   * Names of options that its URLs may have.
   * @default none
   */
  readonly options?: readonly string[];
  /**
   * What tells whether two of its URLs are one place, such as the name of a table in a database: two jobs at a time on one are refused. It is asked when a
   * job is submitted, may be any text of up to 500 characters, and must not change while a job writes there.
   * @default place and options of the URL, in any order
   */
  identity?(place: Pick<SplitPlace, 'place' | 'options'>): string;
  /** Opens the sink. */
  openSink(place: Pick<SplitPlace, 'place' | 'options'>): SinkDeliverer | Promise<SinkDeliverer>;
}
