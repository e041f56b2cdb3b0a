// The arithmetic: from readings in turn to medians.

/** What a side spent in one window. */
export interface Window {
  readonly records: number;
  readonly ms: number;
  /** Of all processes of the side. */
  readonly cpuMs: number;
  /** How long the checkpoints took that were completed in it. */
  readonly checkpointsMs: readonly number[];
}

/** Two windows, one behind the other. */
export interface Pair {
  readonly millrace: Window;
  readonly flink: Window;
}

export interface BothSides<T> {
  readonly millrace: T;
  readonly flink: T;
}

export interface PairFigures extends BothSides<number> {
  /** Median of the ratios of the pairs, Millrace / Flink; `millrace` and `flink` are medians of CPU s per million records. */
  readonly ratio: number;
  readonly ratios: readonly number[];
  readonly recordsPerSecond: BothSides<number>;
  /** Null: there were none. */
  readonly checkpointP95Ms: BothSides<number | null>;
}

export function figuresOf(pairs: readonly Pair[]): PairFigures {
  const of = <T>(figure: (windows: readonly Window[]) => T): BothSides<T> => ({
    millrace: figure(pairs.map(({ millrace }) => millrace)),
    flink: figure(pairs.map(({ flink }) => flink)),
  });
  const ratios = pairs.map(({ millrace, flink }) => cpuSecondsPerMillion(millrace) / cpuSecondsPerMillion(flink));
  return {
    ...of((windows) => median(windows.map(cpuSecondsPerMillion))),
    ratio: median(ratios),
    ratios,
    recordsPerSecond: of((windows) => median(windows.map(({ records, ms }) => (records * 1_000) / ms))),
    checkpointP95Ms: of((windows) =>
      percentile(
        windows.flatMap(({ checkpointsMs }) => checkpointsMs),
        0.95,
      ),
    ),
  };
}

export function cpuSecondsPerMillion({ cpuMs, records }: Window): number {
  return (cpuMs * 1_000) / records;
}

/** @param values at least one */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const above = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? above : ((sorted[middle - 1] ?? Number.NaN) + above) / 2;
}

/** The least value that at least this share of all does not exceed; null without any. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}

/** A side that gets little of a busy machine has little compiled: it is waited for until it had its time of CPU too, but not for ever. */
export function isWarm(waitedSeconds: number, cpuSeconds: number, warmUpSeconds: number): boolean {
  return (
    waitedSeconds >= warmUpSeconds && (cpuSeconds >= warmUpSeconds || waitedSeconds >= WARM_UPS_MAX * warmUpSeconds)
  );
}

const WARM_UPS_MAX = 6;

/** Two windows one behind the other cost nearly the same: what is compiled is compiled. */
export function isLevel(before: Window, after: Window): boolean {
  const [left, right] = [cpuSecondsPerMillion(before), cpuSecondsPerMillion(after)];
  return Math.abs(left - right) <= LEVEL_SHARE * Math.max(left, right);
}

const LEVEL_SHARE = 0.1;
