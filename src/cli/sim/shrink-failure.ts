// Shrinks a failing run within a budget.
import { candidateOf, decisionsOf, shrink } from '../../sim/search/shrink.ts';
import type { Candidate, Shrunk, Trial } from '../../sim/search/shrink.ts';
import { failsInTheSameWay } from '../../sim/search/way-to-fail.ts';
import { count } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { runDecisions } from './run-seed.ts';
import type { Run, RunSetup } from './run-seed.ts';

/** Enough for the last single decisions of a small scenario; a person who waits longer has better things to do. */
const SHRINK_RUNS_MAX = 2_000;
const SHRINK_CPU_MS_MAX = 20_000; // of CPU time: on a busy machine a failure is shrunk as far as on an idle one

/** @param inputLimits under which it failed */
export function shrinkFailure(
  setup: RunSetup,
  failed: Run,
  terminal: Terminal,
  inputLimits: Candidate['inputLimits'] = {},
): Shrunk<Run> {
  const before = process.cpuUsage();
  const tryOut = (candidate: Candidate): Trial<Run> => {
    const { source, asked } = decisionsOf(candidate);
    const run = runDecisions(setup, failed.seed, source, candidate.inputLimits);
    return { same: isSameFailure(failed, run), asked, inputLengths: run.result.inputLengths ?? {}, result: run };
  };
  const start = candidateOf(failed.entries, inputLimits);
  const shrunk = shrink(start, tryOut(start), {
    run: tryOut,
    roleOf: (stream) => setup.guest.roleOf(stream),
    runsMax: SHRINK_RUNS_MAX,
    hasTime: () => cpuMsSince(before) < SHRINK_CPU_MS_MAX,
    onProgress: ({ runs, decisions }) =>
      terminal.progress(`shrinking: ${count(decisions, 'decision')} left after ${count(runs, 'run')}`),
  });
  terminal.progress('');
  return shrunk;
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** The oracle that spoke first then says the same now, first or not. */
function isSameFailure(failed: Run, run: Run): boolean {
  return run.result.verdict === failed.result.verdict && failsInTheSameWay(failed.result.ways, run.result.ways);
}
