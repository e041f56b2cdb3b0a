// What a process tells of itself when somebody asks: facts of its host, and of each task that runs in it. Prometheus text, the answers between processes and
// those of REST are made of it. Nothing is decided by it.
import { MAX_WATERMARK } from '../../core/operators/watermark.ts';
import { list, nullable, record } from '../../core/protocol/shapes.ts';

/** Control and data streams. */
export interface ByClass {
  readonly control: number;
  readonly data: number;
}

export interface ProcessReading {
  readonly uptimeMs: number;
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  readonly heapMaxBytes: number;
  /** Buffers outside of the heap. */
  readonly externalBytes: number;
  /** Since the start of the process, on all cores. */
  readonly cpuMs: number;
  /** Cores that were in use, in the last seconds. */
  readonly cpuCores: number;
  /** How late timers came, in the last seconds: on average, and at worst. */
  readonly loopDelayMs: number;
  readonly loopDelayMaxMs: number;
  readonly steps: number;
  /** Inputs that wait for the machine. */
  readonly inboxLength: number;
  readonly inboxBytes: ByClass;
  readonly sentBytes: ByClass;
  readonly receivedBytes: ByClass;
}

/** What only rises while the task runs. */
export interface TaskTotals {
  readonly recordsIn: number;
  readonly recordsOut: number;
  /** Of frames on connections: what stays in a process has none. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly busyMs: number;
  readonly idleMs: number;
  readonly backpressuredMs: number;
}

export interface TaskReading {
  readonly jobId: string;
  readonly vertex: number;
  /** Of its vertex. */
  readonly name: string;
  readonly subtask: number;
  readonly attempt: number;
  /** It has ended: its totals are the last ones, and nothing else is told of it. */
  readonly isOver: boolean;
  /** Ids of its first and its last operator. */
  readonly head: string;
  readonly tail: string;
  readonly totals: TaskTotals;
  /** Some of what it takes, or hands on, stays in the process: nobody knows its bytes, and they are in no total. */
  readonly hasLocalInput: boolean;
  readonly hasLocalOutput: boolean;
  /** How fast the totals rose in the last seconds. The three times make a whole second, once they are known. */
  readonly perSecond: TaskTotals;
  /** Elements that came and were not taken, and that wait for credit. */
  readonly inputQueue: number;
  readonly outputQueue: number;
  readonly isBackpressured: boolean;
  /** As in the state of the task: NO_TIMESTAMP before the first, MAX_WATERMARK behind the last. */
  readonly watermark: number;
  /** Of a source; else empty. */
  readonly splits: readonly { readonly split: number; readonly position: number }[];
  readonly isSource: boolean;
  readonly keyed: {
    readonly operator: string;
    readonly entries: number;
    /** Null: no record can be late for it. */
    readonly lateRecordsDropped: number | null;
  } | null;
  /** Of `mapAsync`; else null. */
  readonly calls: {
    readonly operator: string;
    /** For which there is no answer yet. */
    readonly inFlight: number;
    readonly capacity: number;
    /** How long the oldest of them waits; null: none does. */
    readonly oldestMs: number | null;
  } | null;
}

/** Nothing comes any more: its watermark is behind all others. */
export function isAtEnd({ watermark }: Pick<TaskReading, 'watermark'>): boolean {
  return watermark >= MAX_WATERMARK;
}

export interface Readings {
  /** Wall time in ms. */
  readonly at: number;
  readonly process: ProcessReading;
  /** Of a TaskManager; else empty. Those that ended of late go before those that are there. */
  readonly tasks: readonly TaskReading[];
}

// ---- Between processes

const byClass = record({ control: 'number', data: 'number' });
const totals = record({
  recordsIn: 'number',
  recordsOut: 'number',
  bytesIn: 'number',
  bytesOut: 'number',
  busyMs: 'number',
  idleMs: 'number',
  backpressuredMs: 'number',
});

export const readingsShape = record({
  at: 'number',
  process: record({
    uptimeMs: 'number',
    residentBytes: 'number',
    heapUsedBytes: 'number',
    heapTotalBytes: 'number',
    heapMaxBytes: 'number',
    externalBytes: 'number',
    cpuMs: 'number',
    cpuCores: 'number',
    loopDelayMs: 'number',
    loopDelayMaxMs: 'number',
    steps: 'number',
    inboxLength: 'number',
    inboxBytes: byClass,
    sentBytes: byClass,
    receivedBytes: byClass,
  }),
  tasks: list(
    record({
      jobId: 'string',
      vertex: 'int',
      name: 'string',
      subtask: 'int',
      attempt: 'int',
      isOver: 'boolean',
      head: 'string',
      tail: 'string',
      totals,
      hasLocalInput: 'boolean',
      hasLocalOutput: 'boolean',
      perSecond: totals,
      inputQueue: 'int',
      outputQueue: 'int',
      isBackpressured: 'boolean',
      watermark: 'time',
      splits: list(record({ split: 'int', position: 'int' })),
      isSource: 'boolean',
      keyed: nullable(record({ operator: 'string', entries: 'int', lateRecordsDropped: nullable('int') })),
      calls: nullable(record({ operator: 'string', inFlight: 'int', capacity: 'int', oldestMs: nullable('number') })),
    }),
  ),
});
