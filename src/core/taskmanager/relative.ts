// What goes on for ever in the state of a TaskManager and its tasks. Each task counts its requests in a share of its own.
import type { Address } from '../base/machine.ts';
import type { Counters, Relative } from '../base/relative.ts';
import { REQUESTS } from '../base/relative.ts';
import { shiftRequests } from '../base/requests.ts';
import { shiftCall } from '../base/retry.ts';
import { shiftTimers } from '../base/timers.ts';
import { shiftLeaderWatch } from '../leadership/leader-watch.ts';
import type { ClusterVocabulary } from '../protocol/ports.ts';
import { OFFERS, shiftMessage, shiftOffer } from '../protocol/relative.ts';
import { shiftTask } from '../task/relative.ts';
import { REQUESTS_PER_TASK_MAX } from '../task/state.ts';
import type { TaskManagerState } from './state.ts';

export function relativeTaskManager(address: Address): Relative<TaskManagerState, ClusterVocabulary> {
  return {
    counters: countersOf,
    counterOf: (request) => requestsOf(Math.floor(request / REQUESTS_PER_TASK_MAX)),
    shift(state, by) {
      shiftTimers(state.timers, by);
      shiftRequests(state.requests, by);
      shiftLeaderWatch(state.watch, by);
      shiftCall(state.unreached.call, by);
      state.unreached.revision = by.counter('ha', 'revision', state.unreached.revision);
      state.lastOffer = shiftOffer(address, state.lastOffer, by);
      const offers = state.offers.map((offer) => ({ ...offer, number: shiftOffer(address, offer.number, by) }));
      state.offers.splice(0, offers.length, ...offers);
      for (const task of state.tasks) shiftTask(task, by);
    },
    shiftMessage,
  };
}

function countersOf({ requests, lastOffer, tasks }: TaskManagerState): Counters {
  const ofTasks = tasks.map((task) => [requestsOf(task.number), task.requests.nextId] as const);
  return { [REQUESTS]: requests.nextId, [OFFERS]: lastOffer, ...Object.fromEntries(ofTasks) };
}

/** 0: the TaskManager itself. */
function requestsOf(task: number): string {
  return task === 0 ? REQUESTS : `${REQUESTS}/${task}`;
}
