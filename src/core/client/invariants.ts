// What must hold of a client after every step.
import { assert } from '../base/assert.ts';
import type { ClientState } from './state.ts';

export function checkClient(state: ClientState): void {
  const { timers, requests, phase, result, leader } = state;
  assert((phase === 'DONE') === (result !== null), 'a client is DONE with a result, and only then');
  assert(
    phase === 'DONE' || leader.epoch === 0 || timers.deadlines.has('ask'),
    'whoever knows a leader and waits for its answer asks again',
  );
  const purposes = [...requests.pending.values()];
  for (const purpose of ['watch', 'read'])
    assert(purposes.filter((pending) => pending === purpose).length <= 1, `at most one ${purpose} is in flight`);
  assert(
    state.incarnation === 0 || purposes.includes('watch') || timers.deadlines.has('watch'),
    'the leader key is watched',
  );
}
