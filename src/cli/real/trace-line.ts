// One line of a trace, as the processes of a real run write it: the text form of the simulator's traces.

export interface TraceLine {
  /** Microseconds since the run began. */
  readonly at: number;
  /** Rises in each process; in a merged trace, over all of them. */
  readonly event: number;
  /** `started`, `stepped`, … */
  readonly kind: string;
  readonly node: string;
  readonly incarnation: number;
  readonly input?: string;
  readonly effects?: readonly string[];
}

/** The line, or null: a process that was killed may leave half of one. */
export function parseTraceLine(text: string): TraceLine | null {
  try {
    const line = JSON.parse(text) as Partial<TraceLine> | null;
    return typeof line?.at === 'number' && typeof line.node === 'string' && typeof line.kind === 'string'
      ? (line as TraceLine)
      : null;
  } catch {
    return null;
  }
}
