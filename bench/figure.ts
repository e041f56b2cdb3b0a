// A figure of the bench: one thing that was measured bare and as a sweep runs it, with its aims.
import type { Spent } from './measure.ts';

/** By the clock on the wall, and by the CPU time of the process. */
export interface Reading {
  readonly wall: number;
  readonly cpu: number;
}

export interface Figure {
  readonly name: string;
  readonly unit: string;
  /** Nothing is checked or hashed. */
  readonly bare: Reading;
  /** With oracles, invariants and hash. */
  readonly checked: Reading;
  /** Of one core; null where there is none. */
  readonly aims: { readonly bare: number | null; readonly checked: number | null };
}

export const NO_AIMS: Figure['aims'] = { bare: null, checked: null };

/** How many in a second. */
export function rateOf(count: number, { wallMs, cpuMs }: Spent): Reading {
  return { wall: (count / wallMs) * 1_000, cpu: (count / cpuMs) * 1_000 };
}

/** How many µs for one. */
export function costOf(count: number, { wallMs, cpuMs }: Spent): Reading {
  return { wall: (wallMs / count) * 1_000, cpu: (cpuMs / count) * 1_000 };
}
