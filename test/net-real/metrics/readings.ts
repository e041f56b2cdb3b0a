// What a process might tell.
import type { ProcessReading, Readings, TaskReading, TaskTotals } from '../../../src/net-real/metrics/readings.ts';

const TOTALS: TaskTotals = {
  recordsIn: 1_000,
  recordsOut: 900,
  bytesIn: 30_000,
  bytesOut: 20_000,
  busyMs: 2_500,
  idleMs: 7_000,
  backpressuredMs: 500,
};

const PER_SECOND: TaskTotals = {
  recordsIn: 100,
  recordsOut: 90,
  bytesIn: 3_000,
  bytesOut: 2_000,
  busyMs: 250,
  idleMs: 700,
  backpressuredMs: 50,
};

export function taskReadingOf(some: Partial<TaskReading> = {}): TaskReading {
  return {
    jobId: 'running',
    vertex: 0,
    name: 'words -> split',
    subtask: 0,
    attempt: 1,
    isOver: false,
    head: 'words',
    tail: 'split',
    totals: TOTALS,
    hasLocalInput: false,
    hasLocalOutput: false,
    perSecond: PER_SECOND,
    inputQueue: 2,
    outputQueue: 3,
    isBackpressured: false,
    watermark: 17_399,
    splits: [{ split: 0, position: 1_751 }],
    isSource: true,
    keyed: null,
    calls: null,
    ...some,
  };
}

const PROCESS: ProcessReading = {
  uptimeMs: 60_000,
  residentBytes: 120_000_000,
  heapUsedBytes: 40_000_000,
  heapTotalBytes: 60_000_000,
  heapMaxBytes: 4_000_000_000,
  externalBytes: 9_000_000,
  cpuMs: 12_000,
  cpuCores: 0.4,
  loopDelayMs: 0.6,
  loopDelayMaxMs: 12.5,
  steps: 9_000,
  inboxLength: 1,
  inboxBytes: { control: 0, data: 512 },
  sentBytes: { control: 100, data: 2_000 },
  receivedBytes: { control: 200, data: 3_000 },
};

export function readingsOf(some: Partial<Readings> = {}): Readings {
  return { at: 1_000_000, process: PROCESS, tasks: [], ...some };
}
