// Times and durations as a person reads them.

/** `1.025340 s`: world time to the microsecond, so that it can be compared with a trace. */
export function formatTime(us: number): string {
  return `${(us / 1_000_000).toFixed(6)} s`;
}

/** As short as it can be said. */
export function formatDuration(us: number): string {
  if (us < 1_000) return `${Math.round(us)} µs`;
  if (us < 1_000_000) return `${trim(us / 1_000)} ms`;
  return `${trim(us / 1_000_000)} s`;
}

function trim(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A label of an axis whose ticks lie so far apart. */
export function formatTick(us: number, apartUs: number): string {
  const digits = Math.min(6, Math.max(0, Math.ceil(-Math.log10(apartUs / 1_000_000) - 1e-9)));
  return `${(us / 1_000_000).toFixed(digits)} s`;
}
