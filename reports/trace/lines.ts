// What the lines of a trace say, between its first and its last. Written by both worlds: what only the simulator knows is absent in a
// trace of real processes (when a request was applied, which message was lost).

interface Timed {
  /** Microseconds since the run began. */
  readonly at: number;
}

interface OfProcess extends Timed {
  readonly node: string;
  readonly incarnation: number;
}

export type Stepped = OfProcess & {
  readonly kind: 'stepped';
  readonly event: number;
  readonly input: string;
  readonly effects: readonly string[];
  /** When the effects left; absent: at once. */
  readonly leavesAt?: number;
};

export type TraceLine =
  | Stepped
  | (OfProcess & { readonly kind: 'started' })
  | (OfProcess & { readonly kind: 'stopped'; readonly why: string })
  | (OfProcess & { readonly kind: 'paused'; readonly until: number })
  | (OfProcess & { readonly kind: 'applied'; readonly id: number; readonly request: string; readonly answer: string })
  | (Timed & { readonly kind: 'lost'; readonly from: string; readonly message: string; readonly why: string })
  | (Timed & {
      readonly kind: 'connection-broke';
      readonly from: string;
      readonly to: string;
      readonly streamClass: string;
    })
  | (Timed & { readonly kind: 'partitioned'; readonly from: string; readonly to: string; readonly until: number })
  | (Timed & { readonly kind: 'service-cut'; readonly node: string; readonly service: string; readonly until: number })
  | (Timed & {
      readonly kind: 'fault';
      readonly fault: string;
      readonly target: string;
      readonly text: string;
      readonly hit: boolean;
      /** The event of the world in which it struck. */
      readonly event?: number;
      readonly decision?: { readonly stream: string; readonly index: number };
    })
  | (Timed & { readonly kind: 'faults-stopped' });

export type LineKind = TraceLine['kind'];
export type LineOf<K extends LineKind> = Extract<TraceLine, { readonly kind: K }>;

export function linesOf<K extends LineKind>(lines: readonly TraceLine[], kind: K): LineOf<K>[] {
  return lines.filter((line): line is LineOf<K> => line.kind === kind);
}
