// As round-and-round.ts, but that it does not say which of its fields is a moment.
import { defineMachines, NEVER, type Machine } from 'millrace/sim';

interface Words {
  readonly bodies: { readonly ask: null };
  readonly request: never;
  readonly answer: never;
}

const asker: Machine<{ askAt: number; isTold: boolean }, Words> = {
  role: 'asker',
  create: () => ({ askAt: NEVER, isTold: false }),
  step(state, input, out) {
    if (input.kind !== 'start' && input.kind !== 'wake') return;
    state.askAt = input.now + 10;
    out.send('deaf', 'ask', null);
  },
  wakeAt: ({ askAt }) => askAt,
  hasWork: () => false,
  checkInvariants: () => {},
  relative: {
    shift(state, by) {
      void [state, by];
    },
  },
};

const deaf: Machine<Record<string, never>, Words> = {
  role: 'deaf',
  create: () => ({}),
  step: () => {},
  wakeAt: () => NEVER,
  hasWork: () => false,
  checkInvariants: () => {},
  relative: { shift: () => {} },
};

export const scenario = defineMachines({
  name: 'undeclared',
  about: 'One asks, and the other one says nothing.',
  messages: ['ask'],
  nodes: [
    { address: 'asker', machine: asker },
    { address: 'deaf', machine: deaf },
  ],
  isOver: (view) => view.nodes().some(({ state }) => (state as { isTold?: boolean }).isTold === true),
  runMs: 200,
});
