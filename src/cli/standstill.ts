// Code of users that does not come back is ended: no clock of a simulation goes on in an endless loop, no signal is heard, and nobody would know.
import { setImmediate as turn } from 'node:timers/promises';
import vm from 'node:vm';
import { abandon } from '../realm/guard.ts';
import type { LastCall } from '../scenario/last-call.ts';
import { Standstill } from './exit-codes.ts';
import { formatSeconds } from './terminal.ts';

/** How long a piece of a run may take; in the house's scenarios, it takes some ms. */
const LONGEST_MS = 20_000;
/** Pieces are bounded together for so long: each bound is a thread. */
const TOGETHER_MS = 1_000;

/** What was seen of a piece that did not end. */
export interface Stood {
  readonly wallMs: number;
  /** Spent by this thread (`cpuUsage` below): far less, if it was stopped, starved, or waited for something. */
  readonly computedMs: number;
}

/** Does all pieces and returns what comes of them. Throws what `describe` makes of it, if one does not end. */
export function toTheEnd<Progress, Result>(
  pieces: Iterator<Progress, Result, void>,
  onProgress: (progress: Progress) => void,
  describe: (stood: Stood) => Error,
  longestMs = LONGEST_MS,
): Result {
  for (;;) {
    const { done, value } = inTime(() => some(pieces, onProgress), describe, longestMs);
    if (done === true) return value;
  }
}

/** The same, but signals are heard between pieces of about a second. */
export async function toTheEndInTurns<Progress, Result>(
  pieces: Iterator<Progress, Result, void>,
  describe: (stood: Stood) => Error,
  longestMs: number,
): Promise<Result> {
  for (;;) {
    const { done, value } = inTime(() => some(pieces, () => {}), describe, longestMs);
    if (done === true) return value;
    await turn(); // oxlint-disable-line no-await-in-loop -- pieces come one after the other
  }
}

/** Pieces of about a second. */
function some<Progress, Result>(
  pieces: Iterator<Progress, Result, void>,
  onProgress: (progress: Progress) => void,
): IteratorResult<Progress, Result> {
  const until = performance.now() + TOGETHER_MS;
  for (;;) {
    const next = pieces.next();
    if (next.done === true) return next;
    onProgress(next.value);
    if (performance.now() >= until) return next;
  }
}

// Only a script can be bounded in time, and it sees no more than its room.
const script = new vm.Script('work()');
const room: { work: () => unknown } = { work: () => null };
vm.createContext(room);

/** Spent by this thread; before Node 23.9, which has no such clock, by all threads. */
function cpuUsage(before?: NodeJS.CpuUsage): NodeJS.CpuUsage {
  const clocks: { cpuUsage: typeof process.cpuUsage; threadCpuUsage?: typeof process.cpuUsage } = process;
  return clocks.threadCpuUsage?.(before) ?? clocks.cpuUsage(before);
}

/** Returns or throws what the work does. Throws what `describe` makes of it, if it does not come back. */
export function inTime<T>(work: () => T, describe: (stood: Stood) => Error, longestMs = LONGEST_MS): T {
  room.work = work;
  const startedAt = performance.now();
  const before = cpuUsage();
  try {
    return script.runInContext(room, { timeout: longestMs }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    abandon(); // no `finally` of what was ended has run
    const { user, system } = cpuUsage(before);
    throw describe({ wallMs: performance.now() - startedAt, computedMs: (user + system) / 1_000 });
  }
}

/**
 * An endless loop computes all the time that the machine gives it; what does next to nothing was stopped, or waits.
 *
 * @param run whose it is, e.g. `seed 7, at 1.20 s of simulated time`
 */
export function standstillOf(scenario: string, run: string, { what }: LastCall, stood: Stood): Standstill {
  const { wallMs, computedMs } = stood;
  const why =
    computedMs > wallMs / 10
      ? 'a function of a scenario must come back'
      : `it computed for ${formatSeconds(computedMs)} of them: if the process was stopped or had to wait, run it again`;
  const about = `scenario "${scenario}", ${run}: nothing went on for ${formatSeconds(wallMs)}`;
  return new Standstill(`${about}; what was called last is the ${what}: ${why}`, what);
}
