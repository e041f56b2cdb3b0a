// The verdict of a run that is over, and everything that all guests have in common.
import { messageOf, stackLines } from '../core/base/stack-lines.ts';
import { BrokenContract } from './broken-contract.ts';
import type { GuestRun, RunResult, VerdictKind } from './guest.ts';
import type { Violation } from './observation.ts';
import { kindOfInput, waysToFail } from './search/way-to-fail.ts';
import type { Thrown } from './world-types.ts';

export function judge(run: GuestRun, violations: readonly Violation[]): RunResult {
  const { world } = run;
  const finished = run.isFinished();
  const verdict = verdictOf(run, violations, finished);
  const { faults, faultPhases, faultLog } = run.faults();
  return {
    verdict,
    sentence: sentenceOf(run, verdict, violations, finished),
    violations,
    ways: waysToFail(violations, world.thrown, (address) => world.view.node(address)?.role ?? ''),
    thrownAt: world.thrown === null ? [] : placesOf(world.thrown),
    oracles: Object.fromEntries(run.judges.map((name) => [name, opinionOf(name, violations)])),
    traceHash: world.hash(),
    hashes: world.hashes,
    events: world.view.events,
    simulatedMs: Math.floor(world.view.now / 1_000),
    drawn: run.drawn,
    faults,
    faultPhases,
    faultLog,
    finished,
  };
}

/** What is wrong outweighs what is slow. */
function verdictOf(run: GuestRun, violations: readonly Violation[], finished: boolean): VerdictKind {
  if (violations.some((violation) => violation.property !== 'liveness')) return 'correctness';
  if (run.world.thrown !== null) return 'threw';
  return violations.length > 0 || !finished ? 'liveness' : 'pass';
}

function sentenceOf(run: GuestRun, verdict: VerdictKind, violations: readonly Violation[], finished: boolean): string {
  const { thrown } = run.world;
  if (verdict === 'pass') return run.sentenceOf('pass');
  if (verdict === 'threw' && thrown !== null) return describeThrown(thrown);
  const violation = violations.find((candidate) => (candidate.property === 'liveness') === (verdict === 'liveness'));
  if (violation !== undefined) return `${violation.oracle}: ${violation.text}`;
  return finished ? 'the run ended early' : run.sentenceOf('unfinished');
}

function opinionOf(name: string, violations: readonly Violation[]): string {
  return violations.find((violation) => violation.oracle === name)?.text ?? 'pass';
}

/** One sentence: who threw what, or broke which rule. */
export function describeThrown({ node, input, error }: Thrown): string {
  if (error instanceof BrokenContract) return error.message;
  return `${node} threw at ${kindOfInput(input)}: ${messageOf(error)}`;
}

/** Where a contract was broken is said in its sentence; its stack leads to who noticed. */
function placesOf({ error }: Thrown): readonly string[] {
  return error instanceof BrokenContract ? [] : stackLines(error);
}
