// Keeps the states of all nodes as they are after one event of a run.
import { cloneState } from '../../core/base/state.ts';
import type { EventRecord } from '../../sim/world-types.ts';

export function stateAfter(index: number): {
  readonly onEvent: (event: EventRecord) => void;
  readonly state: () => unknown;
} {
  let state: unknown = null;
  return {
    onEvent(event) {
      if (event.index === index) state = cloneState(event.states());
    },
    state: () => state,
  };
}
