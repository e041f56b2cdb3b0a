// A machine that renews a lease by the clock of the machine that it runs on.
import { NEVER, type Machine } from 'millrace/sim';

interface Leasing {
  readonly bodies: { readonly renew: null };
  readonly request: never;
  readonly answer: never;
}

type State = { until: number; readonly seen: string[] };

let steps = 0;

function renewed(): number {
  return Date.now() + 1_000; // !clock
}

export const holder: Machine<State, Leasing> = {
  role: 'holder',
  create: () => ({ until: NEVER, seen: [] }),
  step(state, input) {
    steps += 1; // !module-state
    if (input.kind !== 'message') return;
    state.seen.push(input.message.from);
    state.until = renewed();
  },
  wakeAt: (state) => state.until,
  hasWork: () => steps < 0,
  checkInvariants: () => undefined,
};
