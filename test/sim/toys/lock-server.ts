// The toy machine of src/core/base/README.md: what follows the import is printed there word for word. A guest's file would look the same: all
// that it needs comes from the public entry, `millrace/sim`.
import { assert, NEVER, type Machine } from '../../../src/sim/millrace-sim.ts';

export interface Locking {
  readonly bodies: { readonly acquire: null; readonly granted: null; readonly release: null };
  readonly request: never;
  readonly answer: never;
}

/** Grants a lock to one client after the other, each for at most a second. The first in the queue holds it. */
export const lockServer: Machine<{ queue: string[]; expiresAt: number }, Locking> = {
  role: 'lock-server',
  create: () => ({ queue: [], expiresAt: NEVER }),
  step(state, input, out) {
    const holder = state.queue[0];
    if (input.kind === 'wake') state.queue.shift();
    if (input.kind === 'message') {
      const { kind, from } = input.message;
      if (kind === 'release') state.queue = state.queue.filter((client) => client !== from);
      if (kind === 'acquire' && !state.queue.includes(from)) state.queue.push(from);
    }
    const next = state.queue[0];
    if (next === holder) return;
    state.expiresAt = next === undefined ? NEVER : input.now + 1_000;
    if (next !== undefined) out.send(next, 'granted', null);
  },
  wakeAt: (state) => state.expiresAt,
  hasWork: () => false,
  checkInvariants: (state) => assert(state.queue.length === 0 || state.expiresAt < NEVER, 'held without a deadline'),
};
