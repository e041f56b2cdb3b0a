// One thing that a doctor looks at, and what it found.

/** `fail`: a cluster cannot run, or does not. `warn`: it runs, and will not for long, or not as it was meant. */
export type Status = 'ok' | 'warn' | 'fail';

export interface Finding {
  /** What was looked at, in a word or two. */
  readonly about: string;
  readonly status: Status;
  /** What was found. */
  readonly says: string;
  /** What to do about it; null: nothing. */
  readonly advice: string | null;
}

export const ok = (about: string, says: string): Finding => ({ about, status: 'ok', says, advice: null });
export const warn = (about: string, says: string, advice: string): Finding => ({ about, status: 'warn', says, advice });
export const fail = (about: string, says: string, advice: string): Finding => ({ about, status: 'fail', says, advice });

/** 1.5 GiB. */
export function describeBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [amount, unit] = [bytes, 0];
  for (; amount >= 1_024 && unit < units.length - 1; unit++) amount /= 1_024;
  return `${unit === 0 ? amount : amount.toFixed(1)} ${units[unit]}`;
}
