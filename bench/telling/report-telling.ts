// What it costs to tell, as a table for people.
import { formatTable } from '../../src/cli/terminal.ts';
import type { TellingMeasured } from './measure-telling.ts';
import { PARTS, type ToldSamples } from './told-samples.ts';
import type { TrustSamples } from './trust-samples.ts';

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
    '',
    ...trustLines(processes),
  ];
}

/** Who a peer is: hellos, and the receiving side of streams. */
function trustLines(processes: TellingMeasured['processes']): readonly string[] {
  const rows = [...processes, { name: 'together', ...together(processes) }];
  return formatTable([
    ['share of busy samples', 'frames, with their checks', 'hellos', 'hellos since the start'],
    ...rows.map(({ name, trust, trustSinceStart }) => [
      name,
      percent(trust.frames, trust.busy),
      percent(trust.hello, trust.busy),
      percent(trustSinceStart.hello, trustSinceStart.busy),
    ]),
  ]);
}

function together(processes: TellingMeasured['processes']) {
  return {
    trust: sumOfTrust(processes.map(({ trust }) => trust)),
    trustSinceStart: sumOfTrust(processes.map(({ trustSinceStart }) => trustSinceStart)),
  };
}

function sumOfTrust(all: readonly TrustSamples[]): TrustSamples {
  return {
    busy: all.reduce((total, { busy }) => total + busy, 0),
    hello: all.reduce((total, { hello }) => total + hello, 0),
    frames: all.reduce((total, { frames }) => total + frames, 0),
  };
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
