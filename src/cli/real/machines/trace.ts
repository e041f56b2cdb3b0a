// The trace of a run of machines: lines of all processes and what was done to them, in the order of time, with its header and verdict.
import { dataToJson } from '../../../run/data-json.ts';
import { plainViolation, traceHeader, type TraceEnding, type TraceLine } from '../../../run/trace.ts';
import { machinesGuest } from '../../../sim/machines/machines-guest.ts';
import type { MachinesScenario } from '../../../sim/machines/scenario.ts';
import { currentVersion, shortCommit } from '../../sim/version.ts';
import type { Killed } from './kills.ts';
import { describeKill, factsOf } from './report.ts';
import type { MachinesRun } from './run.ts';

/** A process that is killed cannot say so itself; its last lines may be a little younger than the signal. */
export function withKills(lines: readonly TraceLine[], killed: readonly Killed[]): TraceLine[] {
  const kills = killed.flatMap((one) => killLines(one, lines));
  return [...lines, ...kills].toSorted((a, b) => a.at - b.at);
}

function killLines(killed: Killed, lines: readonly TraceLine[]): TraceLine[] {
  const { victim: node, incarnation, atMs } = killed;
  const last = lines.findLast(
    (line) => 'incarnation' in line && line.node === node && line.incarnation === incarnation,
  );
  const at = Math.max(Math.floor(atMs * 1_000), last?.at ?? 0);
  const text = describeKill(killed);
  return [
    { at, event: 0, kind: 'fault', fault: 'crash', target: node, text, hit: true, decision: null },
    { at, event: 0, kind: 'stopped', node, incarnation, why: 'crash' },
  ];
}

/** As a file has it. */
export function wholeTrace(scenario: MachinesScenario, run: MachinesRun): string[] {
  const { name, about } = scenario;
  const commit = shortCommit(currentVersion().commit);
  const { header: guest } = machinesGuest(scenario);
  const header = traceHeader({ world: 'real', scenario: name, about, seed: run.seed, commit, guest });
  const lines = run.lines.map((line, event) => dataToJson({ ...line, at: Math.floor(line.at), event }));
  return [JSON.stringify(header), ...lines, JSON.stringify(endingOf(run))];
}

function endingOf(run: MachinesRun): TraceEnding {
  const { verdict, sentence, evidence, violations, oracles } = run;
  const at = Math.floor(Math.max(run.endedAtMs * 1_000, run.lines.at(-1)?.at ?? 0));
  const plain = verdict === 'pass' ? [] : [plainViolation(verdict, sentence, evidence, at)];
  return {
    kind: 'verdict',
    at,
    verdict,
    sentence,
    violations: violations.length > 0 ? violations : plain,
    oracles,
    facts: factsOf(run),
    story: null,
    commands: [], // a real run cannot be repeated
  };
}
