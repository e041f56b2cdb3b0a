// What was measured of many jobs, as tables for people.
import { formatTable } from '../../src/cli/terminal.ts';
import { JOBS_OPTIONS, type JobsMeasured, type JobsSizes, type Phase } from './measure-jobs.ts';

/** Kinds of input that are told of each process: those that took longest together. */
const KINDS_TOLD = 5;

const s = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;

export function jobsLines(
  { jobs, acceptedMs, runningMs, checkpoints, takeOver, phases }: JobsMeasured,
  { steadyMs }: JobsSizes,
): readonly string[] {
  return [
    `${jobs} jobs of two tasks, two TaskManagers`,
    `from the first submission until all are accepted ${s(acceptedMs)}, until all run ${s(runningMs)}`,
    `while all ran ${s(steadyMs)}: ${checkpoints} completed checkpoints`,
    `from the kill of the leader until another one leads ${s(takeOver.electedMs)}, has read all that is stored ${s(takeOver.recoveredMs)}, until all run ${s(takeOver.runningMs)}`,
    '',
    ...formatTable([
      ['', 'process', 'CPU', 'memory', 'steps', 'together', 'p50', 'p99', 'longest'],
      ...phases.flatMap(rowsOf),
    ]),
    '',
    `memory: at the end of each part; ${Object.entries(JOBS_OPTIONS)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')}`,
  ];
}

function rowsOf({ name: phase, members }: Phase): string[][] {
  return members.flatMap(({ name, cpuMs, rssMb, steps }) =>
    steps.slice(0, KINDS_TOLD + 1).map(([kind, { count, totalMs, p50Ms, p99Ms, maxMs }]) => {
      const isWhole = kind === 'all';
      return [
        isWhole ? phase : '',
        isWhole ? name : `  ${kind}`,
        isWhole ? `${(cpuMs / 1_000).toFixed(1)} s` : '',
        isWhole ? `${rssMb.toFixed(0)} MB` : '',
        String(count),
        `${totalMs.toFixed(0)} ms`,
        `${p50Ms.toFixed(3)} ms`,
        `${p99Ms.toFixed(2)} ms`,
        `${maxMs.toFixed(1)} ms`,
      ];
    }),
  );
}
