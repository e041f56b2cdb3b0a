// The object that --json prints of a real run: the fields of a simulated one, null where the real world has none, and what a strike proved.
import { strikeFaults } from '../../scenario/strikes.ts';
import type { RunJson } from '../sim/run-json.ts';
import { leaderChangesOf, restartsOf } from './report.ts';
import type { RealRun } from './run.ts';

type Numbers = Readonly<Record<string, number>>;
type Shared = Omit<RunJson, 'traceHash' | 'simulatedMs'>;

export interface RealJson extends Shared {
  /** No two real runs are alike, and their time is that of the wall. */
  readonly traceHash: null;
  readonly simulatedMs: null;
  readonly sentence: string;
  /** What differs from the defaults, and what the scenario asked for in vain: times for simulated time. */
  readonly options: { readonly inForce: Numbers; readonly notInForce: Numbers };
  readonly strikes: readonly object[];
  /** How each job ended; `status` null: it has no result, or was never accepted. */
  readonly jobs: readonly { readonly jobId: string; readonly status: string | null }[];
  /** What each client wanted of which job, and how it was answered. */
  readonly clients: readonly object[];
  /** Null: there was nothing to prove, or it was not. */
  readonly outage: {
    /** Both null: the job need not restart for such a strike. */
    readonly restoredFrom: number | null;
    readonly deployedAfterMs: number | null;
    readonly standstillMs: number;
    readonly committedAfterMs: number;
    /** From the return of the victim until it was registered again; null: the strike is not of that kind. */
    readonly joinedAfterMs: number | null;
  } | null;
}

export function realJson(scenario: string, run: RealRun, output: string | null): RealJson {
  const { facts, proof, seed, verdict, sentence } = run;
  return {
    scenario,
    seed,
    verdict,
    traceHash: null,
    events: run.lines.length,
    simulatedMs: null,
    wallMs: Math.round(run.wallMs),
    faults: countFaults(run),
    checkpoints: { completed: facts.completed.length, aborted: facts.aborted.length },
    restarts: restartsOf(facts),
    leaderChanges: leaderChangesOf(facts),
    unreadTopics: run.unread,
    oracles: { 'O-exact': verdict === 'pass' ? 'pass' : sentence },
    output,
    sentence,
    options: { inForce: run.options.set, notInForce: run.options.left },
    strikes: run.struck.map(({ kind, victim, atMs, backAtMs, checkpointId }) => ({
      kind,
      victim,
      atMs: Math.round(atMs),
      backAtMs: backAtMs === null ? null : Math.round(backAtMs),
      checkpointId,
    })),
    jobs: run.lives.map(({ jobId, end }) => ({ jobId, status: end?.status ?? null })),
    clients: run.clients,
    outage:
      proof === null
        ? null
        : {
            restoredFrom: proof.deployment?.restoredFrom ?? null,
            deployedAfterMs: proof.deployment === null ? null : Math.round(proof.deployment.atMs - proof.struck.atMs),
            standstillMs: Math.round(proof.standstillMs),
            committedAfterMs: Math.round(proof.committedAfterMs),
            joinedAfterMs: proof.joinedAfterMs === null ? null : Math.round(proof.joinedAfterMs),
          },
  };
}

function countFaults({ struck }: Pick<RealRun, 'struck'>): Record<string, number> {
  const faults: Record<string, number> = {};
  for (const { kind } of struck) faults[strikeFaults[kind]] = (faults[strikeFaults[kind]] ?? 0) + 1;
  return faults;
}
