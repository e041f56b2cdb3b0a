// Reduces a failing run to a small one that fails in the same way: faults go first, then delays become plain, then all other
// decisions, then splits become shorter; single decisions last, when a run is already short. Pure over a function that runs a candidate.
import type { TapeEntry } from '../decisions.ts';

/** What a stream of decisions is about; the order is the order in which they are taken away. */
export type DecisionRole = 'fault' | 'delay' | 'other';

export interface Candidate {
  readonly decisions: readonly TapeEntry[];
  /** Records kept of a split, by `topic/split`. */
  readonly inputLimits: Readonly<Record<string, number>>;
}

export interface Trial<R> {
  /** It failed, and in the same way. */
  readonly same: boolean;
  /** The decisions that were really asked for and not 0: what the run did not get to is not worth keeping. */
  readonly asked: readonly TapeEntry[];
  /** Records of each split, by `topic/split`. */
  readonly inputLengths: Readonly<Record<string, number>>;
  readonly result: R;
}

export interface ShrinkSettings<R> {
  readonly run: (candidate: Candidate) => Trial<R>;
  readonly roleOf: (stream: string) => DecisionRole;
  readonly runsMax: number;
  /** Whether there is time for another run; the caller has the clock. */
  readonly hasTime: () => boolean;
  readonly onProgress?: (progress: { readonly runs: number; readonly decisions: number }) => void;
}

export interface Shrunk<R> {
  readonly candidate: Candidate;
  readonly result: R;
  readonly runs: number;
  /** Nothing more could be taken away; false: the budget ended first. */
  readonly minimal: boolean;
}

interface Progress<R> {
  best: Candidate;
  lengths: Readonly<Record<string, number>>;
  result: R;
  runs: number;
  outOfBudget: boolean;
}

/** Starts from a trial that failed. */
export function shrink<R>(start: Candidate, failed: Trial<R>, settings: ShrinkSettings<R>): Shrunk<R> {
  const progress: Progress<R> = {
    best: { decisions: failed.asked, inputLimits: start.inputLimits },
    lengths: failed.inputLengths,
    result: failed.result,
    runs: 0,
    outOfBudget: false,
  };
  let before: string;
  do {
    before = sizeOf(progress.best);
    onePass(progress, settings);
  } while (sizeOf(progress.best) !== before && !progress.outOfBudget);
  return { candidate: progress.best, result: progress.result, runs: progress.runs, minimal: !progress.outOfBudget };
}

function onePass<R>(progress: Progress<R>, settings: ShrinkSettings<R>): void {
  const of = (role: DecisionRole) => progress.best.decisions.filter((entry) => settings.roleOf(entry.stream) === role);
  dropUnits(of('fault').map(alone), progress, settings);
  dropUnits(byStream(of('delay')), progress, settings);
  dropUnits(byStream(of('other')), progress, settings);
  cutSplits(progress, settings);
  dropUnits(of('delay').map(alone), progress, settings);
  dropUnits(of('other').map(alone), progress, settings);
}

const alone = (entry: TapeEntry): TapeEntry[] => [entry];

function byStream(entries: readonly TapeEntry[]): TapeEntry[][] {
  const streams = new Map<string, TapeEntry[]>();
  for (const entry of entries) {
    const unit = streams.get(entry.stream);
    if (unit === undefined) streams.set(entry.stream, [entry]);
    else unit.push(entry);
  }
  return [...streams.values()];
}

/** Takes units of decisions away: all of them, then halves, down to single ones. What a shorter run no longer asks goes as well. */
function dropUnits<R>(
  start: readonly (readonly TapeEntry[])[],
  progress: Progress<R>,
  settings: ShrinkSettings<R>,
): void {
  let units = start;
  for (let size = units.length; size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < units.length && !progress.outOfBudget;) {
      const dropped = new Set(
        units
          .slice(at, at + size)
          .flat()
          .map(nameOf),
      );
      const decisions = progress.best.decisions.filter((entry) => !dropped.has(nameOf(entry)));
      if (tryCandidate({ ...progress.best, decisions }, progress, settings)) {
        units = [...units.slice(0, at), ...stillAsked(units.slice(at + size), progress.best)];
      } else {
        at += size;
      }
    }
  }
}

function stillAsked(units: readonly (readonly TapeEntry[])[], best: Candidate): (readonly TapeEntry[])[] {
  const asked = new Set(best.decisions.map(nameOf));
  return units.filter((unit) => unit.some((entry) => asked.has(nameOf(entry))));
}

/** Cuts splits from their ends: all of them to half as long as that works, then each by itself. */
function cutSplits<R>(progress: Progress<R>, settings: ShrinkSettings<R>): void {
  const splits = Object.keys(progress.lengths).sort();
  const halves = () =>
    Object.fromEntries(splits.map((split) => [split, Math.floor((progress.lengths[split] ?? 0) / 2)]));
  while (hasRecords(progress.lengths) && tryLimits(halves(), progress, settings)) continue;
  for (const split of splits) cutSplit(split, progress, settings);
}

function cutSplit<R>(split: string, progress: Progress<R>, settings: ShrinkSettings<R>): void {
  const length = (): number => progress.lengths[split] ?? 0;
  for (let step = length(); step >= 1; step = Math.floor(step / 2)) {
    while (length() >= step && tryLimits({ [split]: length() - step }, progress, settings)) continue;
  }
}

function tryLimits<R>(
  limits: Readonly<Record<string, number>>,
  progress: Progress<R>,
  settings: ShrinkSettings<R>,
): boolean {
  const inputLimits = { ...progress.best.inputLimits, ...limits };
  return tryCandidate({ decisions: progress.best.decisions, inputLimits }, progress, settings);
}

/** Runs a candidate, and keeps it if it fails in the same way. */
function tryCandidate<R>(candidate: Candidate, progress: Progress<R>, settings: ShrinkSettings<R>): boolean {
  if (progress.runs >= settings.runsMax || !settings.hasTime()) progress.outOfBudget = true;
  if (progress.outOfBudget) return false;
  progress.runs += 1;
  const trial = settings.run(candidate);
  if (trial.same) {
    progress.best = { decisions: trial.asked, inputLimits: candidate.inputLimits };
    progress.lengths = trial.inputLengths;
    progress.result = trial.result;
  }
  settings.onProgress?.({ runs: progress.runs, decisions: progress.best.decisions.length });
  return trial.same;
}

function hasRecords(lengths: Readonly<Record<string, number>>): boolean {
  return Object.values(lengths).some((length) => length > 0);
}

function nameOf(entry: TapeEntry): string {
  return `${entry.index} ${entry.stream}`;
}

function sizeOf(candidate: Candidate): string {
  return `${candidate.decisions.length} ${JSON.stringify(candidate.inputLimits)}`;
}
