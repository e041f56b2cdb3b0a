// A table of a scenario with a wrong entry is refused by the name of the entry and its value; so is a topic whose name is a path.
import { expect, test } from 'vitest';
import { checkInput } from '../../src/scenario/scenario-mistake.ts';
import { findWrongShape } from '../../src/scenario/shape.ts';
import { findWrongShape as findWrongShapeOfMachines } from '../../src/sim/machines/shape.ts';
import { scenario, wordCount } from '../../scenarios/word-count.ts';

test.each([
  [
    { faults: { 'jm-crash': 1, 'tm-crash': 'often' } },
    '"faults" must be how often each kind is asked for ({} for none), and "tm-crash" is "often"',
  ],
  [{ faults: 'often' }, '"faults" must be how often each kind is asked for ({} for none)'],
  [{ options: { leaseMs: '600' } }, '"options" must be numbers by name of option, and "leaseMs" is "600"'],
  [{ sim: { stepCostUs: null } }, '"sim" must be numbers by name of option, and "stepCostUs" is null'],
  [{ draw: { leaseMs: [1] } }, '"draw" must be [smallest, largest] by name of option, and "leaseMs" is [1]'],
  [{ aim: { pause: { roles: 'all' } } }, /^"aim" must be .*, and "pause" is \{"roles":"all"\}$/],
  [{ cluster: {} }, '"cluster.jobManagers" is missing: it must be a whole number from 1'],
  [
    { cluster: { jobManagers: 1, taskManagers: 'two', slotsPerTaskManager: 1 } },
    '"cluster.taskManagers" must be a whole number from 1, and is "two"',
  ],
  [
    { cluster: { jobManagers: 1, taskManager: 2, slotsPerTaskManager: 1 } },
    '"cluster" has no "taskManager": its parts are jobManagers, taskManagers, slotsPerTaskManager',
  ],
  [{ cluster: 3 }, '"cluster" must be { jobManagers, taskManagers, slotsPerTaskManager }'],
  [{ real: { strikes: 'tm-crash' } }, '"real" has no "strikes": its parts are strike, times, options'],
  [{ real: { times: '2' } }, '"real.times" must be a whole number from 1, and is "2"'],
  [{ real: { options: 5 } }, '"real.options" must be numbers by name of option, and is 5'],
  [{ real: { options: { leaseMs: 'a' } } }, '"real.options" must be numbers by name of option, and "leaseMs" is "a"'],
])('%j', (change, sentence) => {
  expect(findWrongShape({ ...scenario, ...change })).toMatch(sentence);
});

test('of machines too', () => {
  const machines = { name: 'm', about: 'A.', messages: [], nodes: () => [], runMs: 1 };
  expect(findWrongShapeOfMachines(machines)).toBeNull();
  expect(findWrongShapeOfMachines({ ...machines, faults: { crash: () => 1 } })).toBe(
    '"faults" must be how often each kind strikes a run, and "crash" is a function',
  );
});

test.each(['../../evil', 'a/b', '.hidden', ''])('a topic %j is refused, read or not', (name) => {
  const { graph } = wordCount();
  const topics = { words: { splits: [] }, [name]: { splits: [[1]] } };
  expect(() => checkInput({ name: 'x', job: { graph } } as never, topics)).toThrow(
    `scenario "x": its input names a topic ${JSON.stringify(name)}: names of topics are up to 249 letters`,
  );
});
