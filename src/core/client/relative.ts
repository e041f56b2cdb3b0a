// What goes on for ever in the state of a client.
import type { Relative } from '../base/relative.ts';
import { REQUESTS } from '../base/relative.ts';
import { shiftRequests } from '../base/requests.ts';
import { shiftTimers } from '../base/timers.ts';
import { shiftLeaderWatch } from '../leadership/leader-watch.ts';
import type { ClusterVocabulary } from '../protocol/ports.ts';
import { shiftMessage } from '../protocol/relative.ts';
import type { ClientState } from './state.ts';

export const relativeClient: Relative<ClientState, ClusterVocabulary> = {
  counters: ({ requests }) => ({ [REQUESTS]: requests.nextId }),
  shift(state, by) {
    shiftTimers(state.timers, by);
    shiftRequests(state.requests, by);
    shiftLeaderWatch(state.watch, by);
  },
  shiftMessage,
};
