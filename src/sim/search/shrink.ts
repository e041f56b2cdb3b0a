// Reduces a failing run to a small one that fails in the same way: its beginning goes first, then faults, then delays become plain, then all
// other decisions, then splits become shorter; single decisions last, when a run is already short. Pure over a function that runs a candidate.
//
// What stays keeps its index in its stream, so that it meets the same question, or, where that is not enough, its time: without an earlier fault
// the questions behind it have other indexes, and the moments at which things go wrong together are the same, only sooner.
import type { Decisions, TapeEntry, TimedEntry } from '../decisions.ts';
import { tapeDecisions } from '../tape-decisions.ts';
import { toldDecisions } from '../told-decisions.ts';
import { timedDecisions } from './timed-decisions.ts';

/** What a stream of decisions is about; the order is the order in which they are taken away. */
export type DecisionRole = 'fault' | 'delay' | 'other';

export interface Candidate {
  readonly decisions: readonly TimedEntry[];
  /** Each decision goes to the first question of its stream at or after its time, whatever its index. */
  readonly byTime: boolean;
  /** Records kept of a split, by `topic/split`. */
  readonly inputLimits: Readonly<Record<string, number>>;
}

export interface Trial<R> {
  /** It failed, and in the same way. */
  readonly same: boolean;
  /** The decisions that were really asked for and not 0: what the run did not get to is not worth keeping. */
  readonly asked: readonly TimedEntry[];
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
  readonly decisions: readonly TapeEntry[];
  readonly inputLimits: Candidate['inputLimits'];
  readonly result: R;
  readonly runs: number;
  /** Nothing more could be taken away; false: the budget ended first. */
  readonly minimal: boolean;
}

/** Where shrinking begins: all decisions of a run, and the whole input. */
export function candidateOf(decisions: readonly TapeEntry[], inputLimits: Candidate['inputLimits'] = {}): Candidate {
  return { decisions: decisions.map((entry) => ({ ...entry, atUs: 0 })), byTime: false, inputLimits };
}

/** The decisions of a candidate for a run of it; `asked` is filled while it runs. */
export function decisionsOf({ decisions, byTime }: Candidate): {
  readonly source: Decisions;
  readonly asked: readonly TimedEntry[];
} {
  const asked: TimedEntry[] = [];
  const source = toldDecisions(byTime ? timedDecisions(decisions) : tapeDecisions(decisions), (entry) =>
    asked.push(entry),
  );
  return { source, asked };
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
    best: { decisions: failed.asked, byTime: false, inputLimits: start.inputLimits },
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
  const { best, result, runs, outOfBudget } = progress;
  const decisions = best.decisions.map(({ stream, index, value }) => ({ stream, index, value }));
  return { decisions, inputLimits: best.inputLimits, result, runs, minimal: !outOfBudget };
}

function onePass<R>(progress: Progress<R>, settings: ShrinkSettings<R>): void {
  cutBlocks(progress, settings, 1 + Math.floor(progress.best.decisions.length / COARSE));
  const before = progress.best.decisions.length;
  dropByIndex(progress, settings);
  if (progress.best.decisions.length === before) cutBlocks(progress, settings, 1);
  if (progress.best.decisions.length === before) changeAnswers(progress, settings);
}

const COARSE = 16; // while a run is long, only large blocks are worth a try

function dropByIndex<R>(progress: Progress<R>, settings: ShrinkSettings<R>): void {
  const of = (role: DecisionRole) => progress.best.decisions.filter((entry) => settings.roleOf(entry.stream) === role);
  dropUnits(of('fault').map(alone), progress, settings);
  dropUnits(byStream(of('delay')), progress, settings);
  dropUnits(byStream(of('other')), progress, settings);
  cutSplits(progress, settings);
  dropUnits(of('delay').map(alone), progress, settings);
  dropUnits(of('other').map(alone), progress, settings);
}

/** Of the time that went with a block, how much sooner comes what follows. */
const SHARES = [1, 0.5, 0];

/**
 * Takes blocks of decisions away that follow each other in time: half of them, then quarters, down to blocks of `smallest`. What follows keeps its
 * distance in time. What was drawn at time 0 stays, as it is of the input.
 */
function cutBlocks<R>(progress: Progress<R>, settings: ShrinkSettings<R>, smallest: number): void {
  const movable = (): readonly TimedEntry[] => progress.best.decisions.filter(({ atUs }) => atUs > 0);
  for (let size = Math.floor(movable().length / 2); size >= smallest; size = Math.floor(size / 2)) {
    for (let at = 0; at < movable().length && !progress.outOfBudget;) {
      if (!cutBlock(movable().slice(at, at + size), progress, settings)) at += Math.ceil(size / 2);
    }
  }
}

function cutBlock<R>(block: readonly TimedEntry[], progress: Progress<R>, settings: ShrinkSettings<R>): boolean {
  const { decisions, inputLimits } = progress.best;
  const dropped = new Set(block);
  const rest = decisions.filter((entry) => !dropped.has(entry));
  const from = block[0]?.atUs ?? 0;
  const behind = decisions[decisions.indexOf(block.at(-1) as TimedEntry) + 1]?.atUs ?? from;
  const gaps = new Set(SHARES.map((share) => Math.floor((behind - from) * share)));
  return [...gaps].some((byUs) =>
    tryCandidate({ decisions: sooner(rest, behind, byUs), byTime: true, inputLimits }, progress, settings),
  );
}

/** Decisions from a time on come sooner. */
function sooner(decisions: readonly TimedEntry[], from: number, byUs: number): readonly TimedEntry[] {
  return decisions.map((entry) => (entry.atUs < from ? entry : { ...entry, atUs: entry.atUs - byUs }));
}

const ANSWERS = [1, 2, 3];

/** Answers single questions otherwise, where that leaves others unasked: who never hears of something is not asked when. */
function changeAnswers<R>(progress: Progress<R>, settings: ShrinkSettings<R>): void {
  for (let at = 0; at < progress.best.decisions.length && !progress.outOfBudget; at++) {
    const { decisions, inputLimits } = progress.best;
    const entry = decisions[at] as TimedEntry;
    ANSWERS.filter((value) => value !== entry.value).some((value) =>
      tryCandidate(
        { decisions: decisions.with(at, { ...entry, value }), byTime: true, inputLimits },
        progress,
        settings,
      ),
    );
  }
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
  return tryCandidate({ ...progress.best, inputLimits }, progress, settings);
}

/** Runs a candidate, and keeps it if it fails in the same way. By time it may ask for more than it has of others: then it is no smaller. */
function tryCandidate<R>(candidate: Candidate, progress: Progress<R>, settings: ShrinkSettings<R>): boolean {
  if (progress.runs >= settings.runsMax || !settings.hasTime()) progress.outOfBudget = true;
  if (progress.outOfBudget) return false;
  progress.runs += 1;
  const trial = settings.run(candidate);
  const isKept = trial.same && (!candidate.byTime || trial.asked.length < progress.best.decisions.length);
  if (isKept) {
    progress.best = { decisions: trial.asked, byTime: false, inputLimits: candidate.inputLimits };
    progress.lengths = trial.inputLengths;
    progress.result = trial.result;
  }
  settings.onProgress?.({ runs: progress.runs, decisions: progress.best.decisions.length });
  return isKept;
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
