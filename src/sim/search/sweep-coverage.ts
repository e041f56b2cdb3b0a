// Which faults a sweep never saw in which phase of the protocol. A fault that never fires proves nothing, so silence is an error
// unless the scenario says in a sentence why it must be so.

export interface Excuse {
  readonly fault: string;
  readonly phases: readonly string[];
  readonly because: string;
}

export interface Gap {
  readonly fault: string;
  readonly phase: string;
}

type Hits = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Times that a fault hit in a phase. */
export function hitsOf(hits: Hits, fault: string, phase: string): number {
  return hits[fault]?.[phase] ?? 0;
}

/** Each fault in force and phase that were never seen together, and that no excuse covers. */
export function findGaps(
  hits: Hits,
  faults: readonly string[],
  phases: readonly string[],
  excuses: readonly Excuse[],
): readonly Gap[] {
  const isExcused = (fault: string, phase: string): boolean =>
    excuses.some((excuse) => excuse.fault === fault && excuse.phases.includes(phase));
  return faults.flatMap((fault) =>
    phases
      .filter((phase) => hitsOf(hits, fault, phase) === 0 && !isExcused(fault, phase))
      .map((phase) => ({ fault, phase })),
  );
}
