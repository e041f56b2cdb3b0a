// The inputs of the scenarios: what they draw keeps the promises that their jobs rely on.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { defineScenario, HOUR_MS } from '../../src/scenario/millrace-scenario.ts';
import { jobsOf } from '../../src/scenario/jobs.ts';
import { scenarioLoaders } from '../../scenarios/list.ts';
import { flightsOf, flightsTopic, scenario as flightDelays } from '../../scenarios/flight-delays.ts';
import { mix } from '../../src/scenario/mix.ts';
import { scenario as wordCount } from '../../scenarios/word-count.ts';
import type { Value } from '../../src/core/base/value.ts';

const rows = JSON.parse(readFileSync('node_modules/vega-datasets/data/flights-20k.json', 'utf8')) as readonly {
  readonly date: string;
  readonly delay: number;
  readonly origin: string;
}[];
const timeOf = (row: Value): number =>
  Date.parse(`${(row as { date: string }).date.replaceAll('/', '-').replace(' ', 'T')}Z`);

test.each(Object.entries(scenarioLoaders))('%s is defined under its name, and draws an input', async (name, load) => {
  const { scenario } = await load();
  expect(scenario.name).toBe(name);
  const input = (salt: number) => scenario.input({ data: { 'flights-20k': rows }, pick: (_, n) => salt % n, times: 1 });
  const operators = jobsOf(scenario).flatMap(({ job }) => job.graph.operators);
  for (const source of operators.filter((operator) => operator.kind === 'source')) {
    expect(input(7)[source.topic]?.splits).toHaveLength(source.splits);
  }
  expect(input(7)).toEqual(input(7));
  expect(input(7)).not.toEqual(input(8));
});

test('split i holds the flights with index mod 4 = i, plainly in order', () => {
  const { splits } = flightsTopic(rows, () => 0);
  expect(splits.map((split) => split.length)).toEqual([5_000, 5_000, 5_000, 5_000]);
  expect(splits[3]?.slice(0, 3)).toEqual([rows[3], rows[7], rows[11]]);
});

test('displaced flights are the same flights, read at most twelve hours late, and some of them more than one hour', () => {
  const { splits } = flightsTopic(rows, (split) => 100 + split);
  const lateness = splits.flatMap((split) => {
    let latest = 0;
    return split.map((row) => (latest = Math.max(latest, timeOf(row))) - timeOf(row));
  });
  expect(Math.max(...lateness)).toBeLessThanOrEqual(12 * HOUR_MS);
  expect(lateness.filter((late) => late > HOUR_MS).length).toBeGreaterThan(1_000);
  expect(splits.map((split) => new Set(split))).toEqual(
    flightsTopic(rows, () => 0).splits.map((split) => new Set(split)),
  );
});

test.each([
  ['no list', {}, 'flights-20k is not a list of flights'],
  ['no flight', [rows[0], null], 'flights-20k, row 2: expected {"date":"2001/01/01 00:47",'],
  ['a date that is none', [{ ...rows[0], date: '2001-01-01' }], /^flights-20k, row 1: .* found \{"date":"2001-01-01"/],
  ['no delay', [rows[0], rows[1], { ...rows[2], delay: undefined }], /^flights-20k, row 3: .* found \{"date":/],
  ['no origin', [{ ...rows[0], origin: 7 }], /^flights-20k, row 1: .*"origin":7/],
])('%s among the flights is refused with its row', (_, data, sentence) => {
  expect(() => flightsOf(data)).toThrow(sentence);
  expect(flightsOf(rows)).toBe(rows);
});

test('mixed numbers reach every value, and salt 0 is plain', () => {
  const drawn = Array.from({ length: 200 }, (_, index) => mix(5, index, 7));
  expect(new Set(drawn)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
  expect(Array.from({ length: 20 }, (_, index) => mix(0, index, 7)).every((value) => value === 0)).toBe(true);
});

test.each<[string, object, string]>([
  ['a fault that is not known', { faults: { 'tm-crsh': 1 } }, 'unknown fault "tm-crsh", did you mean "tm-crash"?'],
  [
    'an option that is not known',
    { options: { leaseMillis: 1 } },
    'unknown option "leaseMillis", did you mean "leaseMs"?',
  ],
  ['an option out of range', { options: { leaseMs: 1 } }, 'leaseMs=1: expected a whole number of ms from 50 to 600000'],
  [
    'a weight of a fault that can hit nobody',
    { faults: { pause: 1 }, aim: { pause: { roles: [] } } },
    'pause has a weight, and aim.pause.roles is empty: it can hit nobody',
  ],
  [
    'an aim that is longer than it may be',
    { aim: { pause: { shortestMs: 900, longestMs: 100 } } },
    'aim.pause: shortestMs 900 and longestMs 100 exclude each other',
  ],
  [
    'a TaskManager that cannot be spared',
    { faults: { 'tm-loss': 1 } },
    'tm-loss has a weight, and the jobs need 2 TaskManagers of 2: none can be lost for good',
  ],
  [
    'the last JobManager',
    { faults: { 'jm-loss': 1 }, cluster: { jobManagers: 1, taskManagers: 2, slotsPerTaskManager: 2 } },
    'jm-loss has a weight, and it would be the last JobManager: without another one nobody goes on with the jobs',
  ],
  ['more faults than none', { faults: {}, atLeastFaults: 2 }, 'atLeastFaults is 2, and no kind of fault has a weight'],
  ['pauses between no faults', { faults: {}, pauses: 2 }, 'pauses is 2, and no kind of fault has a weight'],
  [
    'pauses in which a fault must come',
    { pauses: 2, atLeastFaults: 1 },
    'pauses is 2 and atLeastFaults is 1: in a pause no fault can be made to come',
  ],
  ['a negative weight', { faults: { pause: -1 } }, 'the weight of pause is -1: expected a number from 0 to 1000'],
  ['a range the wrong way round', { draw: { leaseMs: [200, 100] } }, 'draw.leaseMs: 200 is larger than 100'],
  [
    'too few slots',
    { cluster: { jobManagers: 1, taskManagers: 1, slotsPerTaskManager: 2 } },
    'the job needs 3 slots, and the cluster has 2',
  ],
  ['a strike that is not known', { real: { strike: 'tm-crsh' } }, 'unknown strike "tm-crsh", did you mean "tm-crash"?'],
  [
    'an option of real processes out of range',
    { real: { options: { leaseMs: 1 } } },
    'real.options: leaseMs=1: expected a whole number of ms from 50 to 600000',
  ],
  ['half a time', { real: { times: 0.5 } }, 'real.times is 0.5: expected a whole number from 1 to 1000'],
  [
    'damage to the last copy',
    { faults: { 'storage-damage': 1 }, options: { retainedCheckpoints: 1 } },
    'storage-damage has a weight, and retainedCheckpoints is 1: it would damage the last copy of what a job has done',
  ],
  ['no judge', { reference: false }, 'nothing judges the output: say `reference: true`, or bring a `check`'],
])('a scenario with %s is refused', (_, change, sentence) => {
  expect(() => defineScenario({ ...wordCount, ...change })).toThrow(`- ${sentence}`);
});

test('the main job has the faults and the shape that were asked for', () => {
  expect(Object.keys(flightDelays.faults)).toHaveLength(10);
  expect(flightDelays.atLeastFaults).toBe(3);
});
