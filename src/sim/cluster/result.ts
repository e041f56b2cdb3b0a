// What comes out of a run: the verdict, and everything that was counted.
import type { Value } from '../../core/base/value.ts';
import type { OracleContext } from '../oracles/context.ts';
import type { Violation } from '../observation.ts';
import { unjudgedStates } from '../oracles/reference.ts';
import { kindOfInput, waysToFail } from '../search/way-to-fail.ts';
import { messageOf, stackLines } from '../../core/base/stack-lines.ts';
import type { Thrown, World } from '../world-types.ts';
import { sinksOf } from '../../scenario/sinks.ts';
import type { ClusterSetup } from './cluster.ts';
import { inputLengths } from '../../scenario/input.ts';
import type { RunFacts } from './observer/facts.ts';
import type { RunResult, VerdictKind } from './run-types.ts';
import { committedRecords, type SinkState } from './services/sink.ts';
import type { SourceState } from './services/source.ts';

/** A run in progress. */
export interface Run {
  readonly setup: ClusterSetup;
  readonly context: OracleContext;
  readonly world: World;
  /** Names of the oracles that judge it. */
  readonly oracles: readonly string[];
  readonly facts: () => RunFacts;
}

export function resultOf(run: Run, violations: readonly Violation[], finished: boolean): RunResult {
  const { setup, world } = run;
  const { counters } = run.facts();
  const committed = committedBySink(run);
  const recordsIn = countRecordsIn(run, finished);
  const verdict = verdictOf(violations, world.thrown, finished);
  return {
    verdict,
    sentence: sentenceOf(verdict, violations, world.thrown, finished),
    violations,
    ways: waysToFail(violations, world.thrown, (address) => world.view.node(address)?.role ?? ''),
    thrownAt: world.thrown === null ? [] : stackLines(world.thrown.error),
    oracles: oracleVerdicts(run, violations),
    traceHash: world.hash(),
    hashes: world.hashes,
    events: world.view.events,
    simulatedMs: Math.floor(world.view.now / 1_000),
    drawn: setup.drawn,
    faults: counters.faults,
    faultPhases: counters.faultPhases,
    faultLog: counters.faultLog,
    checkpoints: { completed: counters.completed, aborted: counters.aborted },
    restarts: Math.max(0, counters.deployments - 1),
    leaderChanges: Math.max(0, counters.leaders - 1),
    inputLengths: inputLengths(setup.topics),
    recordsIn,
    committed,
    unjudged: unjudgedStates(run.context),
    compared: isCompared(setup) ? { groups: countGroups(committed), records: recordsIn } : null,
    finished,
  };
}

function isLiveness({ property }: Violation): boolean {
  return property === 'liveness';
}

/** What is wrong outweighs what is slow. */
function verdictOf(violations: readonly Violation[], thrown: Thrown | null, finished: boolean): VerdictKind {
  if (violations.some((violation) => !isLiveness(violation))) return 'correctness';
  if (thrown !== null) return 'threw';
  return violations.length > 0 || !finished ? 'liveness' : 'pass';
}

function sentenceOf(
  verdict: VerdictKind,
  violations: readonly Violation[],
  thrown: Thrown | null,
  finished: boolean,
): string {
  const violation = violations.find((candidate) => isLiveness(candidate) === (verdict === 'liveness'));
  if (verdict === 'pass') return 'the job is finished, and no oracle objects';
  if (verdict === 'threw' && thrown !== null) return describeThrown(thrown);
  if (violation !== undefined) return `${violation.oracle}: ${violation.text}`;
  return finished ? 'the run ended early' : 'the job did not finish within the bound';
}

function describeThrown({ node, input, error }: Thrown): string {
  return `${node} threw at ${kindOfInput(input)}: ${messageOf(error)}`;
}

function oracleVerdicts(run: Run, violations: readonly Violation[]): Record<string, string> {
  const verdictOfOracle = (name: string): string =>
    violations.find((violation) => violation.oracle === name)?.text ?? 'pass';
  return Object.fromEntries(run.oracles.map((name) => [name, verdictOfOracle(name)]));
}

function committedBySink({ world, setup }: Run): Record<string, readonly Value[]> {
  const { sinks } = world.view.service('sink') as SinkState;
  const recordsOf = (name: string): readonly Value[] => {
    const content = sinks.get(name);
    return content === undefined ? [] : committedRecords(content);
  };
  return Object.fromEntries(sinksOf(setup.request.scenario).map((name) => [name, recordsOf(name)]));
}

/** All of a finished job; else what was read at least once. */
function countRecordsIn({ world, setup }: Run, finished: boolean): number {
  const { readTo } = world.view.service('source') as SourceState;
  const counts = finished ? Object.values(inputLengths(setup.topics)) : [...readTo.values()];
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Nobody compares in a bare run. */
function isCompared({ request }: ClusterSetup): boolean {
  return request.scenario.reference && request.checks !== 'bare';
}

function countGroups(committed: Readonly<Record<string, readonly Value[]>>): number {
  const lines = Object.entries(committed).flatMap(([sink, records]) =>
    records.map((record) => `${sink} ${JSON.stringify(record)}`),
  );
  return new Set(lines).size;
}
