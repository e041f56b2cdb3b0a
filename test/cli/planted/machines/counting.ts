// The scenario of the counter, right or with a bug.
import { defineMachines, type MachinesScenario, type Oracle } from 'millrace/sim';
import { ADDS, client, counter, stateAt, type Bugs, type ClientState, type CounterState } from './toys.ts';

const CLIENTS = ['client-1', 'client-2'];

/** The total is never more than what clients could have added. */
const noMore: Oracle<null> = {
  name: 'no-more',
  create: () => null,
  observe(_, seen, view, violate) {
    if (seen.kind !== 'stepped' || seen.node !== 'counter') return;
    const { total } = stateAt(view, 'counter') as CounterState;
    const most = CLIENTS.reduce((sum, address) => sum + (stateAt(view, address) as ClientState).number, 0);
    if (total > most) violate('too-much', `the counter says ${total}, and clients added at most ${most}`, []);
  },
  finish: () => {},
};

export function countingScenario(name: string, bugs: Bugs): MachinesScenario {
  return defineMachines({
    name,
    about: 'Clients add to a counter, and repeat what is not confirmed.',
    messages: ['add', 'added'],
    nodes: [
      { address: 'counter', machine: counter(bugs) },
      ...CLIENTS.map((address) => ({ address, machine: client })),
    ],
    options: {
      unused: { default: 1, unit: 'count', min: 1, max: 9, about: 'an option of its own' },
    },
    draw: { networkJitterUs: [200, 60_000], unused: [1, 9] },
    faults: { 'message-delay': 3, pause: 1 },
    oracles: [noMore],
    isOver: (view) =>
      view.nodes().every(({ role, state }) => role !== 'client' || (state as ClientState).number > ADDS),
    runMs: 2_000,
    settleMs: 2_000,
  });
}
