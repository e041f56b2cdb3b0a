// Shrinks a failing run within a budget, and tells what had to happen.
import type { TapeEntry } from '../../sim/decisions.ts';
import { shrink } from '../../sim/search/shrink.ts';
import type { Candidate, DecisionRole, Shrunk, Trial } from '../../sim/search/shrink.ts';
import { count } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { failureOf, runEntries } from './run-seed.ts';
import type { Run, RunSetup } from './run-seed.ts';

/** Enough for the last single decisions of a small scenario; a person who waits longer has better things to do. */
const SHRINK_RUNS_MAX = 2_000;
const SHRINK_MS_MAX = 20_000;

export function shrinkFailure(setup: RunSetup, failed: Run, terminal: Terminal): Shrunk<Run> {
  const deadline = performance.now() + SHRINK_MS_MAX;
  const toTrial = (run: Run): Trial<Run> => ({
    same: isSameFailure(failed, run),
    asked: run.entries,
    inputLengths: run.result.inputLengths ?? {},
    result: run,
  });
  const shrunk = shrink({ decisions: failed.entries, inputLimits: {} }, toTrial(failed), {
    run: ({ decisions, inputLimits }: Candidate) => toTrial(runEntries(setup, failed.seed, decisions, inputLimits)),
    roleOf,
    runsMax: SHRINK_RUNS_MAX,
    hasTime: () => performance.now() < deadline,
    onProgress: ({ runs, decisions }) =>
      terminal.progress(`shrinking: ${count(decisions, 'decision')} left after ${count(runs, 'run')}`),
  });
  terminal.progress('');
  return shrunk;
}

/** The oracle that spoke first then has spoken now, first or not. */
function isSameFailure(failed: Run, run: Run): boolean {
  if (run.result.verdict !== failed.result.verdict) return false;
  const failure = failureOf(failed.result);
  return failure === failureOf(run.result) || run.result.violations.some(({ oracle }) => oracle === failure);
}

/** By the first part of a stream's name. What is neither a delay nor about the input or the options is a fault. */
export function roleOf(stream: string): DecisionRole {
  const kind = stream.split('/', 1)[0] as string;
  if (delayStreams.includes(kind)) return 'delay';
  return otherStreams.includes(kind) ? 'other' : 'fault';
}

/** See the table of streams in src/sim/README.md: what is left is what faults do. */
const delayStreams = ['delay', 'store', 'schedule'];
const otherStreams = ['workload', 'options'];

const LISTED_DECISIONS = 8; // of the plain ones; faults are always listed

/** What had to happen for the failure, one line each with time and node. */
export function whatHadToHappen(shrunk: Shrunk<Run>): string[] {
  const { result } = shrunk.result;
  const faults = result.faultLog.map(({ atMs, target, text }) => {
    return `${(atMs / 1_000).toFixed(3).padStart(8)} s  ${text.includes(target) ? '' : `${target}: `}${text}`;
  });
  const others = shrunk.candidate.decisions.filter(({ stream }) => roleOf(stream) !== 'fault');
  return [
    `${describeShrinking(shrunk)}; what had to happen:`,
    ...(faults.length === 0 ? ['          no fault at all'] : faults),
    ...others.slice(0, LISTED_DECISIONS).map((entry) => `          ${describeEntry(entry)}`),
    ...(others.length > LISTED_DECISIONS
      ? [`          and ${count(others.length - LISTED_DECISIONS, 'other decision')}`]
      : []),
    ...describeInput(result.inputLengths ?? {}).map((line) => `          ${line}`),
  ];
}

function describeShrinking(shrunk: Shrunk<Run>): string {
  const stopped = shrunk.minimal ? '' : ', as far as the time went';
  return `shrunk to ${count(shrunk.candidate.decisions.length, 'decision')} in ${count(shrunk.runs, 'run')}${stopped}`;
}

function describeEntry({ stream, index, value }: TapeEntry): string {
  if (roleOf(stream) === 'delay' && stream !== 'schedule') return `${value} us longer: no. ${index + 1} of ${stream}`;
  return `decision ${index} of ${stream} is ${value}`;
}

function describeInput(lengths: Readonly<Record<string, number>>): string[] {
  const splits = Object.entries(lengths).map(([split, length]) => `${length} of ${split}`);
  return splits.length === 0 ? [] : [`with records: ${splits.join(', ')}`];
}
