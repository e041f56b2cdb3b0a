// What was measured of the tasks of a job, as Flink shows it in the answers about jobs, vertices and subtasks.
import { NO_TIMESTAMP } from '../../core/graph/batch.ts';
import type { JobDetails, SubtaskLine } from '../../core/protocol/overview.ts';
import type { Readings, TaskReading, TaskTotals } from '../../net-real/metrics/readings.ts';
import type { TypeOf } from '../schema.ts';
import type * as shapes from '../shapes.ts';

type IoMetrics = TypeOf<typeof shapes.ioMetrics>;

/** What the TaskManagers of a job told, by their address; who told nothing is not there. */
export type Told = ReadonlyMap<string, Readings>;

/** Of the latest attempt of each subtask; null: nothing is known. */
export class Measured {
  readonly #readings = new Map<string, TaskReading>();

  constructor({ jobId }: Pick<JobDetails, 'jobId'>, told: Told) {
    for (const [address, { tasks }] of told)
      for (const task of tasks) if (task.jobId === jobId) this.#readings.set(keyOf(task, address), task);
  }

  /** An attempt is known where it runs: another leader may have given its number to one elsewhere. */
  of(line: SubtaskLine): TaskReading | null {
    return this.#readings.get(keyOf(line, line.taskManager)) ?? null;
  }

  /** As it does now; null as well: it is over. */
  now(line: SubtaskLine): TaskReading | null {
    const reading = this.of(line);
    return reading?.isOver === true ? null : reading;
  }
}

function keyOf({ vertex, subtask, attempt }: Pick<SubtaskLine, 'vertex' | 'subtask' | 'attempt'>, address: string) {
  return `${vertex}/${subtask}#${attempt} ${address}`;
}

/** Bytes are those of frames, and what stays in a process has none. */
function areMeasured(tasks: readonly TaskReading[], name: keyof TaskTotals): boolean {
  if (name === 'bytesIn') return tasks.every(({ hasLocalInput }) => !hasLocalInput);
  return name !== 'bytesOut' || tasks.every(({ hasLocalOutput }) => !hasLocalOutput);
}

/** Of tasks together. What is not known of one of them makes the sum incomplete. */
export function ioMetricsOf(readings: readonly (TaskReading | null)[]): IoMetrics {
  const known = readings.filter((reading) => reading !== null);
  const isComplete = known.length === readings.length && known.length > 0;
  const sum = (name: keyof TaskTotals): number => known.reduce((total, { totals }) => total + totals[name], 0);
  const time = (name: keyof TaskTotals): number => Math.round(sum(name));
  return {
    'read-bytes': sum('bytesIn'),
    'read-bytes-complete': isComplete && areMeasured(known, 'bytesIn'),
    'write-bytes': sum('bytesOut'),
    'write-bytes-complete': isComplete && areMeasured(known, 'bytesOut'),
    'read-records': sum('recordsIn'),
    'read-records-complete': isComplete,
    'write-records': sum('recordsOut'),
    'write-records-complete': isComplete,
    'accumulated-backpressured-time': time('backpressuredMs'),
    'accumulated-idle-time': time('idleMs'),
    'accumulated-busy-time': known.length === 0 ? 'NaN' : time('busyMs'), // to clients of Flink the other two are whole numbers
  };
}

const AGGREGATED = {
  'read-bytes': 'bytesIn',
  'write-bytes': 'bytesOut',
  'read-records': 'recordsIn',
  'write-records': 'recordsOut',
  'accumulated-backpressured-time': 'backpressuredMs',
  'accumulated-idle-time': 'idleMs',
  'accumulated-busy-time': 'busyMs',
} as const satisfies { readonly [name: string]: keyof TaskTotals };

export type StatusDurations = Readonly<Record<string, number>>;

/** How a figure is spread over the subtasks of a vertex. */
export function aggregatedOf(
  readings: readonly (TaskReading | null)[],
  durations: readonly StatusDurations[],
): TypeOf<typeof shapes.aggregated> {
  const known = readings.filter((reading) => reading !== null);
  const spread = (name: keyof typeof AGGREGATED) => quartilesOf(known.map(({ totals }) => totals[AGGREGATED[name]]));
  const states = [...new Set(durations.flatMap((one) => Object.keys(one)))];
  return {
    metrics: {
      'read-bytes': spread('read-bytes'),
      'write-bytes': spread('write-bytes'),
      'read-records': spread('read-records'),
      'write-records': spread('write-records'),
      'accumulated-backpressured-time': spread('accumulated-backpressured-time'),
      'accumulated-idle-time': spread('accumulated-idle-time'),
      'accumulated-busy-time': spread('accumulated-busy-time'),
    },
    'status-duration': Object.fromEntries(
      states.map((state) => [state, quartilesOf(durations.flatMap((one) => one[state] ?? []))]),
    ),
  };
}

/** Whole numbers, as there. */
function quartilesOf(values: readonly number[]): TypeOf<typeof shapes.quartiles> {
  const sorted = values.map(Math.round).toSorted((a, b) => a - b);
  const sum = sorted.reduce((total, value) => total + value, 0);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
  return {
    min: sorted[0] ?? 0,
    max: sorted.at(-1) ?? 0,
    avg: Math.floor(sum / Math.max(1, sorted.length)),
    sum,
    median: Math.floor(median),
    p25: at(0.25),
    p75: at(0.75),
    p95: at(0.95),
  };
}

/** How a vertex does now; null: of none of its tasks is anything known. */
export function loadOf(readings: readonly (TaskReading | null)[]): TypeOf<typeof shapes.load> | null {
  const known = readings.filter((reading) => reading !== null);
  if (known.length === 0) return null;
  const values = (name: keyof TaskTotals): readonly number[] => known.map(({ perSecond }) => perSecond[name]);
  const sum = (name: keyof TaskTotals): number => round(values(name).reduce((total, value) => total + value, 0));
  const share = (name: keyof TaskTotals) => {
    const shares = values(name).map((ms) => ms / 1_000);
    const total = shares.reduce((all, value) => all + value, 0);
    return { avg: round(total / shares.length), max: round(Math.max(...shares)) };
  };
  const watermarks = known.map(({ watermark }) => watermark);
  const late = new Map<string, number>();
  for (const { keyed } of known)
    if (keyed !== null && keyed.lateRecordsDropped !== null)
      late.set(keyed.operator, (late.get(keyed.operator) ?? 0) + keyed.lateRecordsDropped);
  const lowest = Math.min(...watermarks);
  return {
    subtasks: known.length,
    'records-in-per-second': sum('recordsIn'),
    'records-out-per-second': sum('recordsOut'),
    'bytes-in-per-second': areMeasured(known, 'bytesIn') ? sum('bytesIn') : null,
    'bytes-out-per-second': areMeasured(known, 'bytesOut') ? sum('bytesOut') : null,
    busy: share('busyMs'),
    idle: share('idleMs'),
    backpressured: share('backpressuredMs'),
    watermark: lowest === NO_TIMESTAMP ? null : lowest,
    'late-records': [...late].map(([operator, records]) => ({ operator, records })),
    'input-queue': known.reduce((total, { inputQueue }) => total + inputQueue, 0),
    'output-queue': known.reduce((total, { outputQueue }) => total + outputQueue, 0),
  };
}

const DIGITS = 1_000;

export function round(value: number): number {
  return Math.round(value * DIGITS) / DIGITS;
}
