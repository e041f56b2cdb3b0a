// What names an attempt, a channel and the place of a job, in messages, records, reasons and notes alike.
import type { ProcessEnd } from '../base/process-ended.ts';

/** One try of one subtask. `attempt` rises with each restart under one leader; a new leader counts from 1 again under its higher epoch. */
export interface AttemptId {
  readonly jobId: string;
  readonly vertex: number;
  readonly subtask: number;
  readonly attempt: number;
}

/** Code of a job ended the TaskManager that it ran in. Told by the next process at that address. */
export interface ProcessDeath {
  readonly epoch: number;
  readonly attempt: AttemptId;
  /** Of the chain; null: a key or timestamp function ran, or it is not known. */
  readonly operator: string | null;
  /** Its place among the records of its batch, from 1; null: a timer fired, or it is not known. */
  readonly record: number | null;
  readonly how: ProcessEnd;
}

/** A channel between two attempts over one edge; there is never another one with this identity. */
export interface ChannelId {
  readonly jobId: string;
  readonly epoch: number;
  readonly edge: number;
  readonly producer: number;
  readonly producerAttempt: number;
  readonly consumer: number;
  readonly consumerAttempt: number;
}

/** When a job was submitted. Each has its own place: no two leaders have one epoch, and each numbers its submissions from 1. */
export interface Submitted {
  readonly epoch: number;
  readonly number: number;
  /** In ms, by the wall clock of that leader. */
  readonly at: number;
}

/** The order of submission, over all leaders. */
export function comparePlaces(a: Omit<Submitted, 'at'>, b: Omit<Submitted, 'at'>): number {
  return a.epoch - b.epoch || a.number - b.number;
}
