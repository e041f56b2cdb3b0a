// Which strike a run tries: what was asked for, or what the scenario's faults allow.
import { expect, test } from 'vitest';
import { chooseStrike, strikesAllowedBy, whyNotStrike } from '../../../src/cli/real/choose-strike.ts';
import type { Scenario } from '../../../src/scenario/scenario.ts';
import { scenario as wordCount, wordCount as jobOf } from '../../../scenarios/word-count.ts';
import { seededDecisions } from '../../../src/sim/seeded-decisions.ts';

const cluster = { jobManagers: 2, taskManagers: 3, slotsPerTaskManager: 1 };
const single = { jobManagers: 1, taskManagers: 1, slotsPerTaskManager: 1 };
const job = jobOf({ readers: 2, counters: 2 }); // it needs two of the three slots

function scenarioOf(given: Partial<Scenario>): Scenario {
  const { name, about, input } = wordCount;
  return { name, about, input, cluster, job, faults: {}, reference: true, ...given };
}
const everything = { 'tm-crash': 1, 'jm-crash': 1, pause: 1, 'barrier-loss': 1, partition: 1 };

test.each([
  ['nothing', {}, { faults: {} }, []],
  ['a fault of weight 0', {}, { faults: { 'tm-crash': 0 } }, []],
  ['faults without a strike', {}, { faults: { 'message-delay': 2 } }, []],
  [
    'all',
    {},
    { faults: everything },
    [
      'tm-crash',
      'jm-crash',
      'tm-pause',
      'jm-pause',
      'barrier-loss',
      'partition',
      'hanging-streams',
      'tm-clock-back',
      'all-pause',
    ],
  ],
  [
    'what storage can do',
    {},
    { faults: { 'storage-full': 1, 'storage-corrupt': 1 } },
    ['disk-full', 'disk-read-only', 'damaged-metadata', 'damaged-snapshot', 'damaged-artifact', 'damaged-sink'],
  ],
  ['losses for good', {}, { faults: { 'tm-loss': 1, 'jm-loss': 1 } }, ['tm-loss', 'jm-loss']],
  [
    'losses of the last ones',
    { cluster: { ...single, slotsPerTaskManager: 3 } },
    { faults: { 'tm-loss': 1, 'jm-loss': 1 } },
    [],
  ],
  ['a pause of TaskManagers', {}, { faults: { pause: 1 }, aim: { pause: { roles: ['task-manager'] } } }, ['tm-pause']],
  [
    'all, without a standby or another TaskManager',
    { cluster: { ...single, slotsPerTaskManager: 3 } },
    { faults: everything },
    ['tm-crash', 'tm-clock-back', 'all-pause'],
  ],
] as const)('%s', (_, given, scenario, expected) => {
  expect(strikesAllowedBy(scenarioOf({ ...scenario, ...given }))).toEqual(expected);
});

test('the command line goes before the scenario, and the scenario before the draw', () => {
  const scenario = scenarioOf({ faults: everything, real: { strike: 'partition' } });
  const decisions = seededDecisions(1);
  expect(chooseStrike('jm-crash', scenario, decisions)).toEqual({ kind: 'jm-crash', isAskedFor: true });
  expect(chooseStrike('none', scenario, decisions)).toEqual({ kind: null, isAskedFor: false });
  expect(chooseStrike('scenario', scenario, decisions)).toEqual({ kind: 'partition', isAskedFor: true });
});

test('seeds draw different ones, and nobody asked for them', () => {
  const seeds = Array.from({ length: 40 }, (_, seed) => seed);
  const drawn = seeds.map((seed) =>
    chooseStrike('scenario', scenarioOf({ faults: everything }), seededDecisions(seed)),
  );
  expect(new Set(drawn.map(({ kind }) => kind)).size).toBe(9);
  expect(drawn.some(({ isAskedFor }) => isAskedFor)).toBe(false);
});

test.each([
  ['tm-loss', { taskManagers: 2 }, 'the jobs need 2 TaskManagers of 2: none can be lost for good'],
  ['tm-loss', { taskManagers: 3 }, null],
  ['jm-loss', { jobManagers: 1 }, 'it would be the last JobManager: without another one nobody goes on with the jobs'],
  ['jm-loss', { jobManagers: 2 }, null],
  ['tm-crash', { taskManagers: 2 }, null],
] as const)('%s where there are %j', (kind, given, reason) => {
  expect(whyNotStrike(kind, scenarioOf({ cluster: { ...cluster, ...given } }))).toBe(reason);
});
