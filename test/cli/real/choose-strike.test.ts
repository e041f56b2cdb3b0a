// Which strike a run tries: what was asked for, or what the scenario's faults allow.
import { expect, test } from 'vitest';
import { chooseStrike, strikesAllowedBy } from '../../../src/cli/real/choose-strike.ts';
import { seededDecisions } from '../../../src/sim/seeded-decisions.ts';

const cluster = { jobManagers: 2, taskManagers: 3, slotsPerTaskManager: 1 };
const single = { jobManagers: 1, taskManagers: 1, slotsPerTaskManager: 1 };
const everything = { 'tm-crash': 1, 'jm-crash': 1, pause: 1, 'barrier-loss': 1, partition: 1 };

test.each([
  ['nothing', {}, { faults: {} }, []],
  ['a fault of weight 0', {}, { faults: { 'tm-crash': 0 } }, []],
  ['faults without a strike', {}, { faults: { 'message-delay': 2 } }, []],
  ['all', {}, { faults: everything }, ['tm-crash', 'jm-crash', 'tm-pause', 'jm-pause', 'barrier-loss', 'partition']],
  ['a pause of TaskManagers', {}, { faults: { pause: 1 }, aim: { pause: { roles: ['task-manager'] } } }, ['tm-pause']],
  ['all, without a standby or another TaskManager', { cluster: single }, { faults: everything }, ['tm-crash']],
] as const)('%s', (_, given, scenario, expected) => {
  expect(strikesAllowedBy({ cluster, ...scenario, ...given })).toEqual(expected);
});

test('the command line goes before the scenario, and the scenario before the draw', () => {
  const scenario = { cluster, faults: everything, real: { strike: 'partition' } } as const;
  const decisions = seededDecisions(1);
  expect(chooseStrike('jm-crash', scenario, decisions)).toEqual({ kind: 'jm-crash', isAskedFor: true });
  expect(chooseStrike('none', scenario, decisions)).toEqual({ kind: null, isAskedFor: false });
  expect(chooseStrike('scenario', scenario, decisions)).toEqual({ kind: 'partition', isAskedFor: true });
});

test('seeds draw different ones, and nobody asked for them', () => {
  const seeds = Array.from({ length: 40 }, (_, seed) => seed);
  const drawn = seeds.map((seed) => chooseStrike('scenario', { cluster, faults: everything }, seededDecisions(seed)));
  expect(new Set(drawn.map(({ kind }) => kind)).size).toBe(6);
  expect(drawn.some(({ isAskedFor }) => isAskedFor)).toBe(false);
});
