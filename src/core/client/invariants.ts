// What must hold of a client after every step.
import { assert } from '../base/assert.ts';
import { checkLeaderWatch } from '../leadership/leader-watch.ts';
import type { ClientState } from './state.ts';

export function checkClient(state: ClientState): void {
  const { timers, requests, phase, result, watch } = state;
  assert((phase === 'DONE') === (result !== null), 'a client is DONE with a result, and only then');
  assert(
    phase === 'DONE' || watch.leader === null || timers.deadlines.has('ask'),
    'whoever knows a leader and waits for its answer asks again',
  );
  const reads = [...requests.pending.values()].filter((purpose) => purpose === 'read-leader');
  assert(reads.length <= 1, 'at most one read of the leader key is in flight');
  if (state.incarnation !== 0) checkLeaderWatch(watch, requests);
}
