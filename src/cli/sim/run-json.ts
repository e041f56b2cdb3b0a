// The object that --json prints of one run. Its fields are a contract with scripts: none is renamed, none goes. A guest adds fields of its own.
import type { Guest, RunResult } from '../../sim/guest.ts';

export interface RunJson {
  readonly scenario: string;
  /** What sort of guest ran. */
  readonly guest: Guest['kind'];
  readonly seed: number;
  /** `non-determinism`: the run could not be repeated, whatever it says. */
  readonly verdict: RunResult['verdict'] | 'non-determinism';
  readonly traceHash: string;
  readonly events: number;
  readonly simulatedMs: number;
  readonly wallMs: number;
  /** Kind to times fired. */
  readonly faults: Readonly<Record<string, number>>;
  /** Name to `pass`, or what was wrong. */
  readonly oracles: Readonly<Record<string, string>>;
  /** Path from the root of the repository. */
  readonly output: string | null;
  /** Of a job: `checkpoints: {completed, aborted}`, `restarts`, `leaderChanges`, `unreadTopics`. */
  readonly [ofTheGuest: string]: unknown;
}

export function runJson(
  guest: Pick<Guest, 'kind' | 'name' | 'tell'>,
  { seed, result, wallMs }: { readonly seed: number; readonly result: RunResult; readonly wallMs: number },
  output: string | null,
  isUnrepeatable = false,
): RunJson {
  return {
    scenario: guest.name,
    guest: guest.kind,
    seed,
    verdict: isUnrepeatable ? 'non-determinism' : result.verdict,
    traceHash: result.traceHash,
    events: result.events,
    simulatedMs: result.simulatedMs,
    wallMs: Math.round(wallMs),
    faults: result.faults,
    ...guest.tell(result).json,
    oracles: result.oracles,
    output,
  };
}

export function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, number) => sum + number, 0);
}
