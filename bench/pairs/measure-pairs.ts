// This version beside another one, seed by seed in turn, each in a process of its own: whatever else the machine does slows down both. CPU time is
// that of all threads of a process. Of each round the ratio counts, and of these the median.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { formatTable } from '../../src/cli/terminal.ts';
import { cachedEnv } from '../../src/layout.ts';
import type { SeedSpent } from './seed-process.ts';

/** What is measured. */
export interface PairsSizes {
  readonly rounds: { readonly warmUp: number; readonly counted: number };
  readonly scenarios: readonly { readonly scenario: string; readonly seeds: number }[];
}

export const WHOLE_PAIRS: PairsSizes = {
  rounds: { warmUp: 1, counted: 6 },
  scenarios: [
    { scenario: 'word-count', seeds: 24 },
    { scenario: 'flight-delays', seeds: 12 }, // of two seeds, luck with faults said more than the code: which snapshots fall into them
  ],
};

/** Medians of rounds. Ratios above 1: this version is faster. */
export interface PairFigure {
  readonly scenario: string;
  readonly mode: Mode;
  readonly before: Rates;
  readonly now: Rates;
  readonly seedsRatio: number;
  readonly eventsRatio: number;
}

interface Rates {
  readonly seedsPerS: number;
  readonly eventsPerS: number;
}

const MODES = ['checked', 'bare'] as const;
type Mode = (typeof MODES)[number];

const OWN_FOLDER = fileURLToPath(new URL('../..', import.meta.url));

/** @param folder of a checkout of the other version, with its packages */
export async function measurePairs(
  folder: string,
  { rounds, scenarios }: PairsSizes,
  onProgress: (text: string) => void,
): Promise<readonly PairFigure[]> {
  const figures: PairFigure[] = [];
  for (const { scenario, seeds } of scenarios) {
    for (const mode of MODES) {
      onProgress(`${scenario}, ${mode}`);
      figures.push(await measurePair(folder, { scenario, mode, seeds }, rounds)); // oxlint-disable-line no-await-in-loop -- one after the other
    }
  }
  return figures;
}

interface Pair {
  readonly scenario: string;
  readonly mode: Mode;
  readonly seeds: number;
}

async function measurePair(folder: string, pair: Pair, rounds: PairsSizes['rounds']): Promise<PairFigure> {
  const versions = [folder, OWN_FOLDER].map((one) => startProcess(one, pair));
  try {
    await Promise.all(versions.map((version) => answerOf(version)));
    const measured: (readonly [Rates, Rates])[] = [];
    for (let round = -rounds.warmUp; round < rounds.counted; round++) {
      const rates = await runRound(versions, pair.seeds); // oxlint-disable-line no-await-in-loop -- one round after the other
      if (round >= 0) measured.push(rates);
    }
    return figureOf(pair, measured);
  } finally {
    for (const version of versions) version.kill();
  }
}

function startProcess(folder: string, { scenario, mode }: Pair): ChildProcess {
  const file = fileURLToPath(import.meta.resolve('./seed-process.ts'));
  return fork(file, [folder.replace(/\/$/, ''), scenario, mode], { execArgv: [], env: cachedEnv() });
}

function answerOf(version: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`a process of the bench ended with code ${code}`));
    version.once('exit', onExit);
    version.once('message', (message) => {
      version.off('exit', onExit);
      resolve(message);
    });
  });
}

/** Each seed by both, and who begins takes turns. */
async function runRound(versions: readonly ChildProcess[], seeds: number): Promise<readonly [Rates, Rates]> {
  const sums = versions.map(() => ({ cpuMs: 0, events: 0 }));
  for (let seed = 1; seed <= seeds; seed++) {
    for (let turn = 0; turn < versions.length; turn++) {
      const index = (seed + turn) % versions.length;
      const spent = await runSeed(versions[index] as ChildProcess, seed); // oxlint-disable-line no-await-in-loop -- never both at once
      const sum = sums[index] as (typeof sums)[number];
      sum.cpuMs += spent.cpuMs;
      sum.events += spent.events;
    }
  }
  const [before, now] = sums.map(({ cpuMs, events }) => ({
    seedsPerS: (seeds * 1_000) / cpuMs,
    eventsPerS: (events * 1_000) / cpuMs,
  }));
  return [before as Rates, now as Rates];
}

async function runSeed(version: ChildProcess, seed: number): Promise<SeedSpent> {
  const answer = answerOf(version);
  version.send(seed);
  const spent = (await answer) as SeedSpent;
  if (spent.problem !== null) throw new Error(spent.problem); // it did something else than what is to be measured
  return spent;
}

function figureOf({ scenario, mode }: Pair, rounds: readonly (readonly [Rates, Rates])[]): PairFigure {
  const rates = (of: 0 | 1): Rates => ({
    seedsPerS: median(rounds.map((round) => round[of].seedsPerS)),
    eventsPerS: median(rounds.map((round) => round[of].eventsPerS)),
  });
  return {
    scenario,
    mode,
    before: rates(0),
    now: rates(1),
    seedsRatio: median(rounds.map(([before, now]) => now.seedsPerS / before.seedsPerS)),
    eventsRatio: median(rounds.map(([before, now]) => now.eventsPerS / before.eventsPerS)),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 1 ? half : half - 1], sorted[half]];
  return ((low as number) + (high as number)) / 2;
}

export function pairLines(figures: readonly PairFigure[], { rounds }: PairsSizes): readonly string[] {
  const heads = ['per second of CPU', 'seeds before', 'now', 'ratio', 'events before', 'now', 'ratio'];
  return [
    ...formatTable([heads, ...figures.map(rowOf)]),
    `medians of ${rounds.counted} rounds, after ${rounds.warmUp} to warm up, seed by seed in turn; checked: as swept`,
  ];
}

function rowOf({ scenario, mode, before, now, seedsRatio, eventsRatio }: PairFigure): readonly string[] {
  return [
    `${scenario}, ${mode}`,
    before.seedsPerS.toFixed(2),
    now.seedsPerS.toFixed(2),
    seedsRatio.toFixed(2),
    before.eventsPerS.toFixed(0),
    now.eventsPerS.toFixed(0),
    eventsRatio.toFixed(2),
  ];
}
