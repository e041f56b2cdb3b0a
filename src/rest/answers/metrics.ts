// Metrics by Flink's names: of a task, a process, a job. What Millrace has and Flink has not has a name of its own; what Millrace has not is not there.
import { NO_TIMESTAMP } from '../../core/graph/batch.ts';
import type { Bodies } from '../../core/protocol/messages.ts';
import type { JobDetails } from '../../core/protocol/overview.ts';
import { isAtEnd, type ProcessReading, type TaskReading } from '../../net-real/metrics/readings.ts';
import type { TypeOf } from '../schema.ts';
import type * as shapes from '../shapes.ts';
import { round } from './measured.ts';

/** By name. */
export type Metrics = ReadonlyMap<string, number | string>;

// ---- Of what

/** Operators are named as there: what is no letter, digit or dash is `_`. */
const nameOf = (operator: string): string => operator.replaceAll(/[^\w-]/g, '_');

/** As Flink's clients know them: the ends of a Java `long`. */
const [NO_WATERMARK, LAST_WATERMARK] = ['-9223372036854775808', '9223372036854775807'] as const;

function watermarkOf(task: TaskReading): number | string {
  if (task.watermark === NO_TIMESTAMP) return NO_WATERMARK;
  return isAtEnd(task) ? LAST_WATERMARK : task.watermark;
}

/** @param wallNow in ms, for what lags behind it */
export function taskMetricsOf(task: TaskReading, wallNow: number): Metrics {
  const { totals, perSecond, keyed } = task;
  const [head, tail] = [nameOf(task.head), nameOf(task.tail)];
  const watermark = watermarkOf(task);
  const hasTime = typeof watermark === 'number';
  return new Map<string, number | string>([
    ['numRecordsIn', totals.recordsIn],
    ['numRecordsInPerSecond', round(perSecond.recordsIn)],
    ['numRecordsOut', totals.recordsOut],
    ['numRecordsOutPerSecond', round(perSecond.recordsOut)],
    ...bytesOf('In', task.hasLocalInput, totals.bytesIn, perSecond.bytesIn),
    ...bytesOf('Out', task.hasLocalOutput, totals.bytesOut, perSecond.bytesOut),
    ['busyTimeMsPerSecond', round(perSecond.busyMs)],
    ['idleTimeMsPerSecond', round(perSecond.idleMs)],
    ['backPressuredTimeMsPerSecond', round(perSecond.backpressuredMs)],
    ['accumulateBusyTimeMs', Math.round(totals.busyMs)],
    ['accumulateIdleTimeMs', Math.round(totals.idleMs)],
    ['accumulateBackPressuredTimeMs', Math.round(totals.backpressuredMs)],
    ['isBackPressured', String(task.isBackpressured)],
    ['Shuffle.Netty.Input.Buffers.inputQueueLength', task.inputQueue],
    ['Shuffle.Netty.Output.Buffers.outputQueueLength', task.outputQueue],
    [`${head}.numRecordsIn`, totals.recordsIn],
    [`${tail}.numRecordsOut`, totals.recordsOut],
    ...(task.isSource
      ? [[`${head}.currentOutputWatermark`, watermark] as const]
      : [['currentInputWatermark', watermark] as const, [`${head}.currentInputWatermark`, watermark] as const]),
    ...(hasTime ? [['watermarkLag', wallNow - watermark] as const] : []),
    ...task.splits.map(({ split, position }) => [`${head}.split.${split}.position`, position] as const),
    ...(keyed === null ? [] : [[`${nameOf(keyed.operator)}.stateEntries`, keyed.entries] as const]),
    ...(keyed === null || keyed.lateRecordsDropped === null
      ? []
      : [[`${nameOf(keyed.operator)}.numLateRecordsDropped`, keyed.lateRecordsDropped] as const]),
  ]);
}

/** Of frames between processes. In Flink, which encodes what stays in one too, that is counted: where some does, nothing is told rather than too little. */
function bytesOf(
  way: 'In' | 'Out',
  isLocal: boolean,
  total: number,
  rate: number,
): readonly (readonly [string, number])[] {
  if (isLocal) return [];
  return [
    [`numBytes${way}`, total],
    [`numBytes${way}PerSecond`, round(rate)],
  ];
}

const NANOSECONDS = 1_000_000;

/** @param cores of its host, by which Flink's load is divided */
export function processMetricsOf(process: ProcessReading, cores: number): Metrics {
  return new Map<string, number | string>([
    ['Status.JVM.CPU.Load', round(process.cpuCores / cores)],
    ['Status.JVM.CPU.Time', Math.round(process.cpuMs * NANOSECONDS)],
    ['Status.JVM.Memory.Heap.Used', process.heapUsedBytes],
    ['Status.JVM.Memory.Heap.Committed', process.heapTotalBytes],
    ['Status.JVM.Memory.Heap.Max', process.heapMaxBytes],
    ['Status.JVM.Memory.Direct.MemoryUsed', process.externalBytes],
    ['Status.Process.ResidentMemory', process.residentBytes],
    ['Status.Process.UptimeMs', Math.round(process.uptimeMs)],
    ['Status.Process.LoopDelayMs', round(process.loopDelayMs)],
    ['Status.Process.LoopDelayMaxMs', round(process.loopDelayMaxMs)],
    ['Status.Process.Steps', process.steps],
    ['Status.Process.InboxLength', process.inboxLength],
    ...(['control', 'data'] as const).flatMap((streamClass) => [
      [`Status.Network.${streamClass}.SentBytes`, process.sentBytes[streamClass]] as const,
      [`Status.Network.${streamClass}.ReceivedBytes`, process.receivedBytes[streamClass]] as const,
      [`Status.Network.${streamClass}.InboxBytes`, process.inboxBytes[streamClass]] as const,
    ]),
  ]);
}

const NOT_YET = -1;

/** What is known under the leader that tells it. */
export function jobMetricsOf(
  { status, times, subtasks }: JobDetails,
  {
    counts,
    latestCompleted,
    latestRestored,
  }: Pick<Bodies['job-checkpoints'], 'counts' | 'latestCompleted' | 'latestRestored'>,
  wallNow: number,
): Metrics {
  const running = status === 'RUNNING' ? Math.max(0, wallNow - times.RUNNING) : 0;
  const { completed, failed, inProgress } = counts;
  return new Map<string, number | string>([
    ['numRestarts', Math.max(1, ...subtasks.map(({ attempt }) => attempt)) - 1],
    ['uptime', running],
    ['runningTime', running],
    ['restartingTime', status === 'RESTARTING' ? Math.max(0, wallNow - times.RESTARTING) : 0],
    ['numberOfCompletedCheckpoints', completed],
    ['numberOfFailedCheckpoints', failed],
    ['numberOfInProgressCheckpoints', inProgress],
    ['totalNumberOfCheckpoints', completed + failed + inProgress],
    ['lastCompletedCheckpointId', latestCompleted?.id ?? NOT_YET],
    ['lastCheckpointDuration', latestCompleted?.endToEndDurationMs ?? NOT_YET],
    ['lastCheckpointSize', latestCompleted?.stateSizeBytes ?? NOT_YET],
    ['lastCheckpointFullSize', latestCompleted?.stateSizeBytes ?? NOT_YET],
    ['lastCheckpointCompletedTimestamp', latestCompleted?.endTimestamp ?? NOT_YET],
    ['lastCheckpointExternalPath', latestCompleted?.externalPath ?? 'n/a'],
    ['lastCheckpointRestoreTimestamp', latestRestored?.restoreTimestamp ?? NOT_YET],
  ]);
}

// ---- As an answer

/** Names of a query, `get=a,b`; null: all are listed without their values. */
export type Wanted = ReadonlySet<string> | null;

export function readWanted(get: string | undefined): Wanted {
  return get === undefined ? null : new Set(get.split(',').filter((name) => name !== ''));
}

/** What nobody has is left out, as in Flink. */
export function metricsAnswer(metrics: Metrics, wanted: Wanted): TypeOf<typeof shapes.metrics> {
  if (wanted === null) return [...metrics.keys()].map((id) => ({ id }));
  return [...metrics].filter(([id]) => wanted.has(id)).map(([id, value]) => ({ id, value: String(value) }));
}

/** Of a vertex: each name with the number of its subtask before it. */
export function bySubtask(tasks: readonly TaskReading[], wallNow: number): Metrics {
  return new Map(
    tasks.flatMap((task) =>
      [...taskMetricsOf(task, wallNow)].map(([name, value]) => [`${task.subtask}.${name}`, value] as const),
    ),
  );
}

export const aggregations = ['min', 'max', 'avg', 'sum', 'skew'] as const;
export type Aggregation = (typeof aggregations)[number];

/** One figure of what several have, for each name. What is no number is no part of it. */
export function aggregatedAnswer(
  all: readonly Metrics[],
  wanted: Wanted,
  by: readonly Aggregation[],
): TypeOf<typeof shapes.aggregatedMetrics> {
  const names = [...new Set(all.flatMap((metrics) => [...metrics.keys()]))];
  if (wanted === null) return names.map((id) => ({ id }));
  return names.flatMap((id) => {
    if (!wanted.has(id)) return [];
    const values = all.map((metrics) => Number(metrics.get(id) ?? Number.NaN)).filter((value) => !Number.isNaN(value));
    if (values.length === 0) return [];
    const figures = aggregate(values);
    return [{ id, ...Object.fromEntries(by.map((name) => [name, figures[name]])) }];
  });
}

function aggregate(values: readonly number[]): Readonly<Record<Aggregation, number>> {
  const sum = values.reduce((total, value) => total + value, 0);
  const avg = sum / values.length;
  const apart = values.reduce((total, value) => total + Math.abs(value - avg), 0) / values.length;
  return {
    min: Math.min(...values),
    max: Math.max(...values),
    avg,
    sum,
    skew: avg === 0 ? 0 : Math.min(100, (apart / Math.abs(avg)) * 100), // Flink: DoubleAccumulator.DoubleDataSkew, in percent
  };
}

// ---- Backpressure and watermarks

type Level = 'ok' | 'low' | 'high';
const [LOW_ABOVE, HIGH_ABOVE] = [0.1, 0.5]; // Flink: JobVertexBackPressureHandler

function levelOf(ratio: number): Level {
  if (ratio <= LOW_ABOVE) return 'ok';
  return ratio <= HIGH_ABOVE ? 'low' : 'high';
}

export function backpressureOf(tasks: readonly TaskReading[], wallNow: number): TypeOf<typeof shapes.backpressure> {
  if (tasks.length === 0) return { status: 'deprecated' }; // there as well: nothing is known
  const level = levelOf(Math.max(...tasks.map(({ perSecond }) => perSecond.backpressuredMs / 1_000)));
  return {
    status: 'ok',
    backpressureLevel: level,
    'backpressure-level': level,
    'end-timestamp': wallNow,
    subtasks: tasks.map(({ subtask, perSecond }) => {
      const ratio = round(perSecond.backpressuredMs / 1_000);
      return {
        subtask,
        backpressureLevel: levelOf(ratio),
        'backpressure-level': levelOf(ratio),
        ratio,
        idleRatio: round(perSecond.idleMs / 1_000),
        busyRatio: round(perSecond.busyMs / 1_000),
      };
    }),
  };
}

/** A source has none that comes in. */
export function watermarksOf(tasks: readonly TaskReading[]): TypeOf<typeof shapes.metrics> {
  return tasks
    .filter(({ isSource }) => !isSource)
    .map((task) => ({ id: `${task.subtask}.currentInputWatermark`, value: String(watermarkOf(task)) }));
}
