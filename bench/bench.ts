// All that is measured, one behind the other.
import { NO_AIMS, rateOf } from './figure.ts';
import type { Figure } from './figure.ts';
import { benchExplorer, WHOLE_EXPLORER } from './explorer/bench-explorer.ts';
import type { ExplorerFigure, ExplorerSizes } from './explorer/bench-explorer.ts';
import { benchForks } from './fork-cost.ts';
import type { Rounds } from './measure.ts';
import { benchPingPong } from './ping-pong.ts';
import { benchSeeds, loadSetup } from './seeds.ts';
import type { SeedsBench, Sum } from './seeds.ts';

/** How much is measured. Seeds are multiples of eight, as a sweep is strict with every eighth. */
export interface Sizes {
  readonly rounds: Rounds;
  /** Of a round, as all that follow. */
  readonly pingPongEvents: number;
  readonly wordCountSeeds: number;
  readonly flightDelaysSeeds: number;
  /** Of each moment. */
  readonly forks: number;
  readonly explorer: ExplorerSizes;
}

/** Enough for figures that repeat within a few percent on a quiet machine, in a minute and a half. */
export const WHOLE: Sizes = {
  rounds: { warmUp: 2, counted: 7 },
  pingPongEvents: 1_000_000,
  wordCountSeeds: 96,
  flightDelaysSeeds: 8,
  forks: 20,
  explorer: WHOLE_EXPLORER,
};

export interface Measured {
  readonly figures: readonly Figure[];
  /** What a seed of word-count does under faults, on average. */
  readonly perSeed: Sum;
  readonly explored: readonly ExplorerFigure[];
}

const CLUSTER_AIMS = { bare: 500_000, checked: 150_000 };

export async function measureAll(sizes: Sizes, onProgress: (text: string) => void): Promise<Measured> {
  const { rounds, wordCountSeeds } = sizes;
  onProgress('ping-pong');
  const pingPong = benchPingPong(rounds, sizes.pingPongEvents);
  onProgress('word-count without faults');
  const plain = benchSeeds(await loadSetup('word-count', []), rounds, wordCountSeeds);
  onProgress('word-count under faults');
  const faulty = await loadSetup('word-count', 'scenario');
  const swept = benchSeeds(faulty, rounds, wordCountSeeds);
  onProgress('flight-delays without faults');
  const flights = benchSeeds(await loadSetup('flight-delays', []), rounds, sizes.flightDelaysSeeds);
  onProgress('forks of word-count');
  const forks = benchForks(faulty, rounds, sizes.forks);
  onProgress('the explorer');
  const explored = benchExplorer(rounds, sizes.explorer);
  return {
    figures: [
      pingPong,
      seedsFigure('word-count, no faults', 'events/s', plain, plain.sum.events, CLUSTER_AIMS),
      seedsFigure('word-count, under faults', 'events/s', swept, swept.sum.events, CLUSTER_AIMS),
      seedsFigure('word-count, under faults', 'seeds/s', swept, wordCountSeeds, { bare: null, checked: 50 }),
      seedsFigure('flight-delays, no faults', 'records/s', flights, flights.sum.records, NO_AIMS),
      ...forks,
    ],
    perSeed: divide(swept.sum, wordCountSeeds),
    explored,
  };
}

function seedsFigure(
  name: string,
  unit: string,
  { bare, checked }: SeedsBench,
  count: number,
  aims: Figure['aims'],
): Figure {
  return { name, unit, bare: rateOf(count, bare), checked: rateOf(count, checked), aims };
}

function divide({ events, records, checkpoints, faults }: Sum, seeds: number): Sum {
  return {
    events: events / seeds,
    records: records / seeds,
    checkpoints: checkpoints / seeds,
    faults: faults / seeds,
  };
}
