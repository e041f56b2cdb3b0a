// What names an attempt, a channel and the place of a job, in messages, records, reasons and notes alike.

/** One try of one subtask. `attempt` rises with each restart under one leader; a new leader counts from 1 again under its higher epoch. */
export interface AttemptId {
  readonly jobId: string;
  readonly vertex: number;
  readonly subtask: number;
  readonly attempt: number;
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
