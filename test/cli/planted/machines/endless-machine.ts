// A machine whose step does not come back.
import { defineMachines, NEVER, type Machine } from 'millrace/sim';

interface Going {
  readonly bodies: { readonly go: null };
  readonly request: never;
  readonly answer: never;
}

const stuck: Machine<{ rounds: number }, Going> = {
  role: 'stuck',
  create: () => ({ rounds: 0 }),
  step(state, input, out) {
    if (input.kind === 'start') out.send('stuck', 'go', null);
    else for (;;) state.rounds += 1;
  },
  wakeAt: () => NEVER,
  hasWork: () => false,
  checkInvariants: () => {},
};

export const scenario = defineMachines({
  name: 'endless-machine',
  about: 'A machine that goes round for ever.',
  messages: ['go'],
  nodes: [{ address: 'stuck', machine: stuck }],
  isOver: () => false,
  runMs: 1_000,
});
