// What is wrong with a scenario of machines is told before it runs, in one sentence with its field.
import { expect, test } from 'vitest';
import { defineMachines } from '../../../src/sim/machines/define-machines.ts';
import { mistakesOfMachines } from '../../../src/sim/machines/mistakes.ts';
import { scenario } from '../../cli/planted/machines/counter.ts';
import { client } from '../../cli/planted/machines/toys.ts';

const nodes = scenario.nodes as readonly object[];
const oneState = { number: 1, retryAt: 2 };
const node = { address: 'a', machine: client };

test('a right one comes back as it is', () => {
  expect(mistakesOfMachines(scenario)).toEqual([]);
  expect(defineMachines(scenario)).toBe(scenario);
});

test('a wrong one throws one Error with all mistakes', () => {
  const wrong = { ...scenario, runMs: 0, faults: { crush: 1 } };
  expect(() => defineMachines(wrong as never)).toThrow(
    'scenario "counter" cannot run:\n' +
      '- runMs is 0: expected a whole number of ms from 1 to 86400000\n' +
      '- faults: unknown fault "crush", did you mean "crash"? (transport stream)',
  );
});

test.each([
  ['a field that is not known', { fault: {} }, 'unknown field "fault", did you mean "faults"?'],
  [
    'no kinds of messages',
    { messages: undefined },
    '"messages" must be the list of all kinds of messages ([] for none)',
  ],
  ['a name that is no file', { name: 'a b' }, /^"name" must be a word of letters/],
  [
    'no nodes',
    { nodes: [] },
    '"nodes" must be a list of { address, machine }, or a function of a run that returns one',
  ],
  ['an address twice', { nodes: [...nodes, node, node] }, 'nodes: two of them have the address "a"'],
  [
    'a machine without a function',
    { nodes: [{ address: 'a', machine: { ...client, hasWork: undefined } }] },
    'nodes[0] ("a"): the machine has no function hasWork',
  ],
  [
    'a state that is no tree',
    { nodes: [{ address: 'a', machine: { ...client, create: () => ({ at: new Date(0) }) } }] },
    'nodes[0] ("a"): create returns no tree of data: .at is Date',
  ],
  [
    'one state for all processes',
    {
      nodes: [
        {
          address: 'a',
          machine: {
            ...client,
            create: () => oneState,
          },
        },
      ],
    },
    'nodes[0] ("a"): create must return a new state each time',
  ],
  [
    'a create that throws',
    {
      nodes: [
        {
          address: 'a',
          machine: {
            ...client,
            create: () => {
              throw new Error('no');
            },
          },
        },
      ],
    },
    'nodes[0] ("a"): create throws: no',
  ],
  [
    'an option of the world, twice',
    { options: { stepCostUs: { default: 1, unit: 'us', min: 0, max: 9, about: '' } } },
    'options.stepCostUs: the world has an option of this name',
  ],
  [
    'an option that is none',
    { sim: { stepCost: 1 } },
    /^sim.stepCost: unknown option "stepCost", did you mean "stepCostUs"/,
  ],
  [
    'a draw beyond the range',
    { draw: { unused: [1, 10] } },
    'draw.unused is 10: expected a whole number of count from 1 to 9',
  ],
  ['a draw upside down', { draw: { unused: [5, 2] } }, 'draw.unused: 5 is larger than 2'],
  [
    'a fault of the other transport',
    { faults: { 'message-loss': 1 } },
    /^faults: unknown fault "message-loss".*\(transport stream\)$/,
  ],
  [
    'faults of both transports',
    { faults: { 'message-loss': 1, 'connection-break': 1 } },
    "faults: connection-break and message-loss exclude each other: one needs transport 'stream', the other 'datagram'",
  ],
  [
    'a fault of requests where there are none',
    { faults: { 'request-fail': 1 }, services: [] },
    'request-fail has a weight, and there is no service: nothing is requested',
  ],
  [
    'a death for good where all must live',
    { faults: { 'crash-for-good': 1 }, aim: { 'crash-for-good': { nodes: ['counter'], mustLive: 1 } } },
    'crash-for-good has a weight, and of 1 nodes that may die 1 must live: it can hit nobody',
  ],
  [
    'an aim that is longer than it may be',
    { aim: { pause: { shortestMs: 90, longestMs: 10 } } },
    'aim.pause: shortestMs 90 and longestMs 10 exclude each other',
  ],
  ['a weight below 0', { faults: { crash: -1 } }, 'faults.crash is -1: expected a number from 0 to 1000'],
  [
    'an aim at nobody',
    { aim: { pause: { nodes: ['countre'] } } },
    'aim.pause.nodes: unknown address "countre", did you mean "counter"?',
  ],
  ['an aim of another form', { aim: { pause: { roles: ['counter'] } } }, /^"aim" must be \{ nodes, kinds, shortestMs/],
  [
    'nobody who judges',
    { oracles: [], isOver: undefined },
    'nothing judges a run: give it `oracles`, or say with `isOver` when the machines are done',
  ],
  [
    'an oracle without a function',
    { oracles: [{ name: 'x', create: () => null }] },
    '"oracles" must be a list of oracles, or a function of a run that returns one',
  ],
])('%s', (_, change, sentence) => {
  const [first, ...others] = mistakesOfMachines({ ...scenario, ...change });
  expect(others).toEqual([]);
  if (typeof sentence === 'string') expect(first).toBe(sentence);
  else expect(first).toMatch(sentence);
});

test('datagrams may be lost', () => {
  expect(mistakesOfMachines({ ...scenario, transport: 'datagram', faults: { 'message-loss': 1 } })).toEqual([]);
});
