// What names an attempt and a channel, in messages, reasons and notes alike.

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
