// The bench runs and says something about everything that it measures; how fast anything is, no test asks.
import { expect, test } from 'vitest';
import type { WeekMeasured, WeekSizes } from '../../bench/week/measure-week.ts';
import type { Measured, Sizes } from '../../bench/bench.ts';
import { main } from '../../bench/main.ts';
import { measureMemory, type MemorySizes } from '../../bench/memory/measure-memory.ts';
import { WHOLE_JOBS } from '../../bench/jobs/measure-jobs.ts';
import { WHOLE_REAL } from '../../bench/real/measure-real.ts';
import type { PairsSizes } from '../../bench/pairs/measure-pairs.ts';
import { reportLines } from '../../bench/report.ts';
import type { RescaleSizes } from '../../bench/rescale.ts';
import type { StartsMeasured } from '../../bench/starts/measure-starts.ts';

const tiny: Sizes = {
  rounds: { warmUp: 0, counted: 1 },
  pingPongEvents: 1_000,
  wordCountSeeds: 1,
  flightDelaysSeeds: 1,
  forks: 1,
  explorer: { managers: 3, statesMax: 500 },
};

const TINY_PAIRS: PairsSizes = {
  rounds: { warmUp: 0, counted: 2 },
  scenarios: [{ scenario: 'word-count', seeds: 1 }],
};

const TINY_RESCALE: RescaleSizes = { rounds: { warmUp: 0, counted: 1 }, keys: 100, from: 2, to: 4 };

const TINY_WEEK: WeekSizes = {
  rounds: 1,
  ages: [
    { what: 'two hours', checkpoints: 7_200, compacted: true, attempts: 5 },
    { what: 'a while', checkpoints: 200, compacted: false, attempts: 1 },
  ],
  checkpoints: 20,
};

const TINY_MEMORY: MemorySizes = { keys: 100, bytes: 200_000, marks: 2, memoryMbMax: 4_000 };

async function linesOf(...words: string[]): Promise<readonly string[]> {
  const lines: string[] = [];
  const terminal = { line: (text: string) => lines.push(text), complain: () => {}, progress: () => {} };
  const others = {
    real: WHOLE_REAL,
    jobs: WHOLE_JOBS,
    rescale: TINY_RESCALE,
    starts: { rounds: 1 },
    telling: { warmUpMs: 500, measuredMs: 1_500 },
    week: TINY_WEEK,
    memory: TINY_MEMORY,
    pairs: TINY_PAIRS,
  };
  await main(words, terminal, { simulated: tiny, ...others });
  return lines;
}

test('a start after a long time', async () => {
  const [line = ''] = await linesOf('--week', '--json');
  const { week } = JSON.parse(line) as { readonly week: WeekMeasured };
  expect(week.starts.map(({ what }) => what)).toEqual(['two hours', 'a while']);
  expect(week.starts.map(({ files }) => files > 400)).toEqual([true, true]);
  for (const { committedMs, peakMiB } of week.starts)
    expect(Math.min(...committedMs, ...['jm-1', 'tm-1', 'tm-2'].map((name) => peakMiB[name] ?? 0))).toBeGreaterThan(0);
  expect(week.disk).toMatchObject({ checkpoints: 20 });
  expect(week.disk.files).toBeGreaterThan(50);
}, 120_000);

test('memory along the input, and an end where there is more of it than there may be', async () => {
  const [, , heads = '', one = '', other = ''] = await linesOf('--memory');
  expect(heads).toMatch(/^input, GB +most since the line before, MB +now, MB/);
  for (const line of [one, other]) expect(line).toMatch(/^0\.\d +\d+ +\d+ +\d+, \d+$/);
  const tooMuch = { ...TINY_MEMORY, memoryMbMax: 10 };
  await expect(measureMemory(tooMuch, () => {})).rejects.toThrow(/^\d+ MB behind 0\.\d GB of input/);
}, 60_000);

const NAMES = [
  'ping-pong of 50 nodes, events/s',
  'word-count, no faults, events/s',
  'word-count, under faults, events/s',
  'word-count, under faults, seeds/s',
  'flight-delays, no faults, records/s',
  'word-count, a fork and one step, µs',
  'word-count, a full clone, µs',
];

const EXPLORED = [
  ['two-phase commit, 3 managers, breadth first', 288],
  ['two-phase commit, 3 managers, depth first', 288],
  ['two-phase commit, 3 managers, depth first, judged', 288],
  ['a checkpoint on two TaskManagers, all orders and oracles', 501],
];

test('every figure is a number above 0, bare and checked, and has a line in the table', async () => {
  const [line = '', ...rest] = await linesOf('--simulated', '--json');
  const measured = JSON.parse(line) as Measured;
  expect(rest).toEqual([]);
  expect(measured.figures.map(({ name, unit }) => `${name}, ${unit}`)).toEqual(NAMES);
  const readings = measured.figures.flatMap(({ bare, checked }) => [bare.wall, bare.cpu, checked.wall, checked.cpu]);
  for (const reading of readings) expect(reading).toBeGreaterThan(0);
  expect(measured.explored.map(({ name, states }) => [name, states])).toEqual(EXPLORED);
  for (const { rate, bytesPerState } of measured.explored)
    expect(Math.min(rate.wall, rate.cpu, bytesPerState)).toBeGreaterThan(0);
  expect(measured.perSeed.checkpoints).toBeGreaterThanOrEqual(5);

  const table = reportLines(measured, tiny, 'some machine').join('\n');
  expect(table).toMatch(/^some machine\n/);
  for (const [name] of EXPLORED) expect(table).toMatch(new RegExp(`^${name} +[\\d,]+ `, 'm'));
  for (const name of NAMES) expect(table).toMatch(new RegExp(`^${name.replace(/, (?=\S+$)/, ' +')} `, 'm'));
});

test('an unknown option is refused', async () => {
  await expect(linesOf('--jsom')).rejects.toThrow('--jsom');
});

test('a restore with another parallelism is measured beside a plain one', async () => {
  const [, , line] = await linesOf('--rescale');
  expect(line).toMatch(
    /^restore of 100 keys, .*: 2 subtasks from 2 \d+ ms of CPU, 4 from 2 \d+ ms of CPU, .* times as much$/,
  );
});

test('this version is measured beside a checkout: here beside itself', async () => {
  const [, , , checked = '', bare = ''] = await linesOf('--against', '.');
  for (const [mode, line] of Object.entries({ checked, bare })) {
    expect(line).toMatch(new RegExp(`^word-count, ${mode} `));
    const numbers = line.split(/ {2,}/).slice(1).map(Number);
    expect(numbers).toHaveLength(6);
    expect(Math.min(...numbers)).toBeGreaterThan(0);
  }
});

test('starts are measured on real processes', { timeout: 120_000 }, async () => {
  const [line = ''] = await linesOf('--starts', '--json');
  const { launchMs, requestMs, commandMs } = (JSON.parse(line) as { readonly starts: StartsMeasured }).starts;
  for (const all of [launchMs, requestMs, commandMs]) {
    expect(all).toHaveLength(1);
    expect(all[0]).toBeGreaterThan(0);
  }
});
