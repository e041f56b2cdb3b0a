// A certificate that was just made, against the one that the repository has. Pure.
import type { Certificate } from '../src/cli/sim/explore/certificate.ts';

/** `differs`: another result although code and bounds are the same. `outdated`: code or bounds have changed since. */
export type Standing = 'current' | 'outdated' | 'differs' | 'missing';

/** @param kept null: there is none */
export function standingOf(made: Certificate, kept: Certificate | null): Standing {
  if (kept === null) return 'missing';
  if (textOf(made) === textOf(kept)) return 'current';
  return made.code === kept.code && textOf(questionOf(made)) === textOf(questionOf(kept)) ? 'differs' : 'outdated';
}

/** Whether it was made by other code, without making it again. */
export function isOutdated(kept: Certificate | null, code: string): boolean {
  return kept === null || kept.code !== code;
}

function questionOf({ format, version, scenario, bounds, search }: Certificate): object {
  return { format, version, scenario, bounds, search };
}

function textOf(value: object): string {
  return JSON.stringify(value);
}
