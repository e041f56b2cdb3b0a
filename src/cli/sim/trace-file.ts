// The trace of a run as a file: its first line says what it is, its last how it ended.
import { plainViolation, traceHeader } from '../../run/trace.ts';
import type { TraceEnding, TraceHeader } from '../../run/trace.ts';
import { createFile, toUser } from '../files.ts';
import type { NewFile } from '../files.ts';
import { factsOf } from './run-report.ts';
import type { Onlookers, Run, RunSetup } from './run-seed.ts';
import { currentVersion, shortCommit } from './version.ts';

export function headerOf(setup: RunSetup, seed: number): TraceHeader {
  const { name, about } = setup.guest;
  const commit = shortCommit(currentVersion().commit);
  return traceHeader({
    world: 'simulated',
    scenario: name,
    about,
    seed,
    commit,
    guest: setup.guest.header,
  });
}

/** Those have a place of their own, or are about the machine that ran it. */
const notInTraces: readonly string[] = ['oracles', 'time'];

/** What a reader is told at the end; of a failure that was shrunk, what had to happen. */
export function endingOf(
  setup: RunSetup,
  run: Run,
  told: Pick<TraceEnding, 'story' | 'commands'> = { story: null, commands: [] },
): TraceEnding {
  const { verdict, sentence, violations, oracles, simulatedMs } = run.result;
  return {
    kind: 'verdict',
    at: simulatedMs * 1_000,
    verdict,
    sentence,
    violations: [...violations, ...thrownViolation(run)],
    oracles,
    facts: factsOf(setup, run).filter(([label]) => !notInTraces.includes(label)),
    ...told,
  };
}

/** That a machine threw is no oracle's opinion, but as good an evidence. */
function thrownViolation({ result }: Run): TraceEnding['violations'] {
  const { verdict, sentence, thrownAt, simulatedMs } = result;
  return verdict === 'threw' ? [plainViolation(verdict, sentence, thrownAt, simulatedMs * 1_000)] : [];
}

/** The file of a trace, if one is wanted; refused before anything runs. */
export function openTrace(path: string | null): NewFile | null {
  return path === null ? null : createFile(toUser(path));
}

/** Runs with a trace, which appears when the run is over. */
export function runTraced(
  setup: RunSetup,
  seed: number,
  trace: NewFile | null,
  run: (onlookers: Onlookers) => Run,
): Run {
  if (trace === null) return run({});
  trace.write(`${JSON.stringify(headerOf(setup, seed))}\n`);
  const ran = run({ onTrace: (line) => trace.write(`${line}\n`) });
  trace.write(`${JSON.stringify(endingOf(setup, ran))}\n`);
  trace.publish();
  return ran;
}
