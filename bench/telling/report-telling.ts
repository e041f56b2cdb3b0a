// What it costs to tell, as a table for people.
import { formatTable } from '../../src/cli/terminal.ts';
import type { TellingMeasured } from './measure-telling.ts';
import { PARTS, type ToldSamples } from './told-samples.ts';

/** Functions that are shown. */
const FUNCTIONS_MAX = 12;

export function tellingLines({ recordsPerSecond, rounds, processes }: TellingMeasured): readonly string[] {
  const all = processes.map(({ samples }) => samples);
  const rows = [...processes, { name: 'together', samples: sumOf(all) }];
  return [
    `at ${Math.round(recordsPerSecond).toLocaleString('en-US')} records/s, asked ${rounds} times`,
    '',
    ...formatTable([
      ['share of samples in telling', 'of all', 'of busy', 'busy', ...PARTS],
      ...rows.map(({ name, samples }) => rowOf(name, samples)),
    ]),
    '',
    ...functionLines(all),
  ];
}

export function toldOf({ told }: ToldSamples): number {
  return PARTS.reduce((sum, part) => sum + told[part], 0);
}

function rowOf(name: string, samples: ToldSamples): string[] {
  const { all, busy, told } = samples;
  const ofBusy = (count: number): string => percent(count, busy);
  return [
    name,
    percent(toldOf(samples), all),
    ofBusy(toldOf(samples)),
    busy.toLocaleString('en-US'),
    ...PARTS.map((part) => ofBusy(told[part])),
  ];
}

function sumOf(all: readonly ToldSamples[]): ToldSamples {
  const sum = (of: (samples: ToldSamples) => number): number => all.reduce((total, one) => total + of(one), 0);
  return {
    all: sum((one) => one.all),
    busy: sum((one) => one.busy),
    told: {
      metrics: sum(({ told }) => told.metrics),
      'prom-client': sum(({ told }) => told['prom-client']),
      notes: sum(({ told }) => told.notes),
      REST: sum(({ told }) => told.REST),
      HTTP: sum(({ told }) => told.HTTP),
    },
    functions: [],
  };
}

function functionLines(all: readonly ToldSamples[]): readonly string[] {
  const busy = all.reduce((sum, one) => sum + one.busy, 0);
  const functions = new Map<string, number>();
  for (const [name, samples] of all.flatMap((one) => one.functions))
    functions.set(name, (functions.get(name) ?? 0) + samples);
  const most = [...functions].toSorted(([, a], [, b]) => b - a).slice(0, FUNCTIONS_MAX);
  return formatTable([
    ['function, by its own samples', 'of busy'],
    ...most.map(([name, n]) => [name, percent(n, busy)]),
  ]);
}

function percent(part: number, whole: number): string {
  return `${((part * 100) / whole).toFixed(2)} %`;
}
