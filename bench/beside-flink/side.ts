// One of two clusters that run at once, of which one has its input while the other one waits.
import type { Results } from '../real/job.ts';
import type { BothSides } from './figures.ts';

export interface SideReading {
  /** On one clock of the side, in ms. */
  readonly at: number;
  /** Of all its processes. */
  readonly cpuMs: number;
  readonly records: number;
  /** Of the checkpoints that were completed since the reading before. */
  readonly checkpointsMs: readonly number[];
  /** In µs, since the reading before. */
  readonly latencies: readonly number[];
  /** The most resident memory that its larger TaskManager had, in MB. */
  readonly taskManagerMb: number;
}

export interface Side {
  read(): Promise<SideReading>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/** What a bounded run of each side committed. */
export type BothResults = BothSides<Results>;
