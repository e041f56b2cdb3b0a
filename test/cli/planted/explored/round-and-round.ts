// It beats for ever, asks somebody for the word that would end it, and is never told: no bound of time has to say so.
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
      state.askAt = by.moment(state.askAt);
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
  name: 'round-and-round',
  about: 'One asks, and the other one says nothing.',
  messages: ['ask'],
  nodes: [
    { address: 'asker', machine: asker },
    { address: 'deaf', machine: deaf },
  ],
  isOver: (view) => view.nodes().some(({ state }) => (state as { isTold?: boolean }).isTold === true),
  runMs: 200,
});
