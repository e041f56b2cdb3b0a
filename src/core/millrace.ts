// The public entry `millrace`: everything that the author of a job needs.
export type { Key, KeyPart, Value } from './base/value.ts';
export {
  boolean,
  float64,
  int32,
  int64,
  list,
  nullable,
  schema,
  string,
  timestamp,
  type ColumnType,
  type Declared,
  type DeclaredFields,
  type ListType,
  type NullableType,
  type RecordType,
  type ScalarType,
  type Schema,
  type TypeOf,
} from './columns/schema.ts';
export {
  avg,
  count,
  countDistinct,
  first,
  last,
  max,
  maxBy,
  min,
  minBy,
  sum,
  type Aggregate,
  type Aggregates,
} from './graph/aggregates.ts';
export { NO_TIMESTAMP } from './graph/batch.ts';
export type {
  RecordsOut,
  SinkConnector,
  SinkDeliverer,
  SinkDelivery,
  SourceConnector,
  SplitAnswer,
  SplitPlace,
  SplitReader,
  SplitRequest,
} from './graph/connectors.ts';
export { defineJob, type JobDefinition, type JobSettings } from './graph/define-job.ts';
export type {
  JobProgram,
  OperatorFunctions,
  ProcessContext,
  RecordContext,
  SeenRows,
  StateFields,
  ValueState,
  WindowContext,
} from './graph/functions.ts';
export type { RestartStrategy } from './graph/job-graph.ts';
export type { FunctionSettings, OperatorSettings } from './graph/job-builder.ts';
export type { JobGraph, Operator } from './graph/job-graph.ts';
export type { AsyncFunction, MapAsyncSettings } from './graph/async-settings.ts';
export type { AggregateFunctions, MapFunction, ProcessFunctions, StateOf } from './graph/stream-functions.ts';
export type { JobEnvironment } from './graph/job-environment.ts';
export type { DataStream, KeyedStream, StatefulStream, WindowedStream } from './graph/streams.ts';
export type { SinkSettings, SourceSettings } from './graph/stream-settings.ts';
export { validate, validateGraph } from './graph/validate.ts';
export { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, tumblingEventTime, type WindowAssigner } from './graph/windows.ts';
