// The object that --json prints of one run. Its fields are a contract with scripts: none is renamed, none goes.
import type { RunResult } from '../../sim/cluster/run-types.ts';

export interface RunJson {
  readonly scenario: string;
  readonly seed: number;
  /** `non-determinism`: the run could not be repeated, whatever it says. */
  readonly verdict: RunResult['verdict'] | 'non-determinism';
  readonly traceHash: string;
  readonly events: number;
  readonly simulatedMs: number;
  readonly wallMs: number;
  /** Kind to times fired. */
  readonly faults: Readonly<Record<string, number>>;
  readonly checkpoints: { readonly completed: number; readonly aborted: number };
  readonly restarts: number;
  readonly leaderChanges: number;
  /** Name to `pass`, or what was wrong. */
  readonly oracles: Readonly<Record<string, string>>;
  /** Path from the root of the repository. */
  readonly output: string | null;
}

export function runJson(
  scenario: string,
  run: { readonly seed: number; readonly result: RunResult; readonly wallMs: number },
  output: string | null,
  isUnrepeatable = false,
): RunJson {
  const { result } = run;
  return {
    scenario,
    seed: run.seed,
    verdict: isUnrepeatable ? 'non-determinism' : result.verdict,
    traceHash: result.traceHash,
    events: result.events,
    simulatedMs: result.simulatedMs,
    wallMs: Math.round(run.wallMs),
    faults: result.faults,
    checkpoints: { completed: result.checkpoints.completed, aborted: sumOf(result.checkpoints.aborted) },
    restarts: result.restarts,
    leaderChanges: result.leaderChanges,
    oracles: result.oracles,
    output,
  };
}

export function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, number) => sum + number, 0);
}
