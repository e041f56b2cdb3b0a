// The trace of a run of machines: lines of all processes and what was done to them, in the order of time, with its header and verdict.
import { dataToJson } from '../../../run/data-json.ts';
import { plainViolation, traceHeader, type TraceEnding } from '../../../run/trace.ts';
import { machinesGuest } from '../../../sim/machines/machines-guest.ts';
import type { MachinesScenario } from '../../../sim/machines/scenario.ts';
import { currentVersion, shortCommit } from '../../sim/version.ts';
import { factsOf } from './report.ts';
import type { MachinesRun } from './run-types.ts';

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
