// Two that wait for each other's word once the words cross: in plain order they do not.
import { defineMachines, NEVER, type Machine } from 'millrace/sim';

interface Waiting {
  readonly bodies: { readonly take: null; readonly taken: null; readonly give: null; readonly greet: null };
  readonly request: never;
  readonly answer: never;
}

interface ForkState {
  holder: string;
  readonly waiting: string[];
}

interface DinerState {
  held: number;
  isDone: boolean;
}

const FORKS = ['fork-1', 'fork-2'];

const fork: Machine<ForkState, Waiting> = {
  role: 'fork',
  create: () => ({ holder: '', waiting: [] }),
  step(state, input, out) {
    if (input.kind !== 'message') return;
    const { kind, from } = input.message;
    if (kind === 'greet') out.send(from, 'greet', null);
    if (kind === 'take') state.waiting.push(from);
    if (kind === 'give') state.holder = '';
    if (state.holder !== '' || state.waiting.length === 0) return;
    state.holder = state.waiting.shift() as string;
    out.send(state.holder, 'taken', null);
  },
  wakeAt: () => NEVER,
  hasWork: () => false,
  checkInvariants: () => {},
};

/** Takes two forks in an order of its own, and gives them back. */
const diner = (forks: readonly string[], greetings: number): Machine<DinerState & { greetings: number }, Waiting> => ({
  role: 'diner',
  create: () => ({ held: 0, isDone: false, greetings }),
  step(state, input, out) {
    if (input.kind === 'message' && input.message.kind === 'taken') state.held += 1;
    if (input.kind === 'message' && input.message.kind === 'greet') state.greetings -= 1;
    if (state.held === forks.length) {
      state.isDone = true;
      for (const address of forks) out.send(address, 'give', null);
    } else if (state.greetings > 0) out.send(forks[0] as string, 'greet', null);
    else out.send(forks[state.held] as string, 'take', null);
  },
  wakeAt: () => NEVER,
  hasWork: () => false,
  checkInvariants: () => {},
});

export const scenario = defineMachines({
  name: 'stuck',
  about: 'Two diners take two forks, each in an order of its own.',
  messages: ['take', 'taken', 'give', 'greet'],
  nodes: [
    ...FORKS.map((address) => ({ address, machine: fork })),
    { address: 'diner-1', machine: diner(FORKS, 0) },
    { address: 'diner-2', machine: diner(FORKS.toReversed(), 8) },
  ],
  faults: { pause: 1 },
  isOver: (view) => view.nodes().every(({ role, state }) => role !== 'diner' || (state as DinerState).isDone),
  runMs: 1_000,
});
