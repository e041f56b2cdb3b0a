// What the ends of a job are told: where a source reads, and where a sink writes.
import type { Schema } from '../columns/schema.ts';
import type { OperatorSettings } from './job-builder.ts';
import type { SinkOperator } from './job-graph.ts';

/** Where a source reads, how fast, and what the time of a record is. */
export interface SourceSettings<T> extends OperatorSettings {
  /**
   * A topic of a replayable log: a field of the scenario's `input`, a folder `<topic>/<split>.jsonl` for real processes. Or the URL of a connector, with a
   * path from the job file on: `csv:data/flights.csv`, `jsonl:…`, `file:…` (lines of text), each with `?follow` if the file grows; `generator:?count=100`;
   * `tcp://host:port`.
   */
  readonly topic: string;
  /**
   * Splits of the topic, each read in its own order. The subtasks of the source share them.
   * @unit splits, 1 to 65,536
   */
  readonly splits: number;
  /**
   * What each record is: `schema({ account: string, cents: int32 })`. A record that does not fit fails the job with its place and its field. The stream has the
   * type that follows; one that you state beside it must be what such records are. Fields come in the order of the schema, and a nullable one that is absent
   * is null. Fields of `csv:` get its types.
   * @default anything that is data
   */
  readonly schema?: Schema<T>;
  /**
   * Records a second that each split may emit.
   * @unit records a second
   * @default 0: as fast as it goes
   */
  readonly recordsPerSecond?: number;
  /**
   * Event time of a record: a whole number, anything else fails the job with operator and record. Records without a timestamp cannot be put into
   * windows.
   * @unit ms
   * @default no timestamps
   */
  readonly timestamp?: (value: T) => number;
  /**
   * How far the event time of a record may lie behind the latest one of its split. A record that lies further behind may come too late for its
   * window, and is dropped then.
   * @unit ms
   * @default 0
   */
  readonly outOfOrdernessMs?: number;
}

/** Where output goes, and when it is seen there. */
export interface SinkSettings extends OperatorSettings {
  /**
   * The name of an external transactional sink; a folder of that name for real processes. Or a URL with the path of a folder, from the job file on:
   * `jsonl:out`, `csv:out`, `file:out` (lines of text). One operator of a job writes to it.
   */
  readonly sink: string;
  /**
   * When a transaction is committed: `checkpoint-complete` is exactly-once; `barrier`, before anybody knows whether the checkpoint completes, is the
   * classic mistake, kept for laboratories.
   * @default 'checkpoint-complete'
   */
  readonly commitOn?: SinkOperator['commitOn'];
}

/** Their names. */
export const ofSource = [
  'parallelism',
  'topic',
  'splits',
  'recordsPerSecond',
  'timestamp',
  'outOfOrdernessMs',
  'schema',
] satisfies (keyof SourceSettings<never>)[];

export const ofSink = ['parallelism', 'sink', 'commitOn'] satisfies (keyof SinkSettings)[];
