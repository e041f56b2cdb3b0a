// Two failures are the same if oracle, rule and place are; of machines that threw: role, input, error and frame.
import { expect, test } from 'vitest';
import type { Input, Vocabulary } from '../../../src/core/base/machine.ts';
import { violationOf } from '../../../src/sim/observation.ts';
import type { Violate } from '../../../src/sim/observation.ts';
import { failsInTheSameWay, waysToFail } from '../../../src/sim/search/way-to-fail.ts';

const roles: Readonly<Record<string, string>> = {
  'jm-1': 'job-manager',
  'tm-1': 'task-manager',
  'tm-2': 'task-manager',
};
const wake = { kind: 'wake', now: 5, wallTime: 5 } as const;
const work = { kind: 'work', now: 5, wallTime: 5 } as const;

const ways = (...reports: readonly (readonly [string, ...Parameters<Violate>])[]) => {
  const violations = reports.map(([oracle, ...report]) => violationOf({ name: oracle }, 7, report));
  return waysToFail(violations, null, () => '');
};

const threw = (node: string, input: Input<Vocabulary>, error: unknown) =>
  waysToFail([], { node, incarnation: 1, at: 5, input, error }, (address) => roles[address] as string);

const lost = (channel: number): Error => new RangeError(`missing: channel ${channel}`);
const gone = (channel: number): Error => new RangeError(`missing: channel ${channel}`);

test.each([
  ['other words', ways(['O', 'late', 'jm-1 is 3 ms late', []]), ways(['O', 'late', 'jm-2 is 5 ms late', ['since 7']])],
  ['behind others', ways(['O', 'late', 'x', []]), ways(['P', 'early', 'y', []], ['O', 'late', 'z', []])],
  ['other numbers and nodes', threw('tm-1', wake, lost(3)), threw('tm-2', wake, lost(11))],
  ['no violation at all', ways(), ways()],
])('the same: %s', (_, one, other) => {
  expect(failsInTheSameWay(one, other)).toBe(true);
});

test.each([
  ['another oracle', ways(['O', 'late', 'x', []]), ways(['P', 'late', 'x', []])],
  ['another rule', ways(['O', 'late', 'x', []]), ways(['O', 'early', 'x', []])],
  ['another place', ways(['O', 'late', 'x', [], { place: 'a' }]), ways(['O', 'late', 'x', [], { place: 'b' }])],
  ['what comes second', ways(['O', 'late', 'x', []], ['P', 'early', 'y', []]), ways(['P', 'early', 'y', []])],
  ['another input', threw('tm-1', wake, lost(3)), threw('tm-1', work, lost(3))],
  ['another role', threw('tm-1', wake, lost(3)), threw('jm-1', wake, lost(3))],
  ['another error', threw('tm-1', wake, lost(3)), threw('tm-1', wake, 'a text')],
  ['another frame', threw('tm-1', wake, lost(3)), threw('tm-1', wake, gone(3))],
  ['a machine that threw, and an oracle', threw('tm-1', wake, lost(3)), ways(['O', 'late', 'x', []])],
  ['no violation, and one', ways(), ways(['O', 'late', 'x', []])],
])('not the same: %s', (_, one, other) => {
  expect(failsInTheSameWay(one, other)).toBe(false);
});
