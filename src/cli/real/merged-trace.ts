// The traces of all processes of a run as one, in the order of time, with what was done to them, and the verdict at its end: the lines of a
// simulator's trace.
import { dataToJson } from '../../run/data-json.ts';
import { jobHeader } from '../../run/job-header.ts';
import { plainViolation, traceHeader } from '../../run/trace.ts';
import type { TraceEnding, TraceLine } from '../../run/trace.ts';
import { clientsOf } from '../../scenario/jobs.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { strikeFaults } from '../../scenario/strikes.ts';
import { currentVersion, shortCommit } from '../sim/version.ts';
import { describeStrike, factsOf } from './report.ts';
import type { RealRun } from './run.ts';
import { EVERYBODY, isKill, partitions, type Struck } from './strike.ts';

/** What was done to a process, until it has its place among the lines. */
type Done = TraceLine extends infer L ? (L extends TraceLine ? Omit<L, 'event'> : never) : never;

export function mergedTrace({ lines, struck }: Pick<RealRun, 'lines' | 'struck'>): string[] {
  const strikes = struck.flatMap((one) => strikeLines(one, lines));
  return [...lines, ...strikes]
    .toSorted((a, b) => a.at - b.at)
    .map((line, event) => dataToJson({ ...line, at: Math.floor(line.at), event }));
}

/** A process that is killed, stopped or cut off cannot say so itself. */
function strikeLines(struck: Struck, lines: RealRun['lines']): Done[] {
  const { kind, victim: node, atMs, backAtMs } = struck;
  const at = atMs * 1_000;
  const until = backAtMs === null ? Math.max(at, lines.at(-1)?.at ?? at) : Math.floor(backAtMs * 1_000);
  const everybody = new Set(lines.flatMap((line) => ('node' in line && /^[jt]m-/.test(line.node) ? [line.node] : [])));
  const victims = node === EVERYBODY ? [...everybody] : [node];
  const text = describeStrike(struck);
  const fault: Done = { at, kind: 'fault', fault: strikeFaults[kind], target: node, text, hit: true, decision: null };
  const each = (what: (node: string, incarnation: number) => Done): Done[] => [
    fault,
    ...victims.map((victim) => what(victim, incarnationAt(victim, at, lines))),
  ];
  if (isKill(kind))
    return each((victim, incarnation) => ({ at, kind: 'stopped', node: victim, incarnation, why: 'crash' }));
  if (kind.endsWith('-pause'))
    return each((victim, incarnation) => ({ at, kind: 'paused', node: victim, incarnation, until }));
  if (!partitions.includes(kind)) return [fault];
  const nodes = new Set(lines.flatMap((line) => ('node' in line ? [line.node] : [])));
  const others = [...nodes].filter((other) => other !== node && (kind !== 'jm-isolated' || other.startsWith('tm-')));
  const cut = (from: string, to: string): Done => ({ at, kind: 'partitioned', from, to, until });
  return [fault, ...others.flatMap((other) => [cut(node, other), cut(other, node)])];
}

function incarnationAt(node: string, at: number, lines: RealRun['lines']): number {
  const last = lines.findLast((line) => 'incarnation' in line && line.node === node && line.at <= at);
  return last !== undefined && 'incarnation' in last ? last.incarnation : 0;
}

/** The trace as a file has it: what it is, what happened, how it ended. */
export function wholeTrace(scenario: Scenario, run: RealRun): string[] {
  const { name, about, cluster } = scenario;
  const commit = shortCommit(currentVersion().commit);
  const guest = jobHeader({ ...cluster, clients: clientsOf(scenario) });
  const header = traceHeader({ world: 'real', scenario: name, about, seed: run.seed, commit, guest });
  return [JSON.stringify(header), ...mergedTrace(run), JSON.stringify(endingOf(run))];
}

function endingOf(run: RealRun): TraceEnding {
  const { verdict, sentence, evidence } = run;
  const at = Math.floor(Math.max(run.endedAtMs * 1_000, run.lines.at(-1)?.at ?? 0));
  return {
    kind: 'verdict',
    at,
    verdict,
    sentence,
    violations: verdict === 'pass' ? [] : [plainViolation(verdict, sentence, evidence, at)],
    oracles: {},
    facts: factsOf(run),
    story: null,
    commands: [], // a real run cannot be repeated
  };
}
