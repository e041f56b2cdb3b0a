// What always holds in a TaskManager between two steps. A violation is a bug, wherever the messages came from. This runs after each step of
// a checked run, so it makes no lists and no texts where all is well, and its loops call nothing but the checks.
import { assert } from '../base/assert.ts';
import { checkLeaderWatch } from '../leadership/leader-watch.ts';
import { checkTask } from '../task/invariants.ts';
import { describeTask, isOver } from '../task/state.ts';
import type { TaskState } from '../task/state.ts';
import type { Slot, TaskManagerState } from './state.ts';
import { isSameSubtask, slotTimer } from './state.ts';

export function checkTaskManager(state: TaskManagerState): void {
  if (state.incarnation !== 0) checkLeaderWatch(state.watch, state.requests);
  checkRegistration(state);
  for (const slot of state.slots) checkSlot(state, slot);
  checkUniqueAllocations(state);
  for (const task of state.tasks) checkPlacedTask(state, task);
}

/** Without a leader that answers there is nothing to lose. */
function checkRegistration(state: TaskManagerState): void {
  checkUnreached(state);
  if (state.registration === 'registered') {
    assert(state.watch.leader !== null, 'registered, but with no leader');
    assert(state.timers.deadlines.has('leader-silent'), 'registered, but nobody notices a silent leader');
    return;
  }
  assert(state.tasks.length === 0, 'tasks run though no leader answers');
  assert(
    state.slots.every((slot) => slot.state === 'FREE'),
    'slots are held though no leader answers',
  );
}

/** Whoever is not registered with its leader says so some time; whoever is, does not. */
function checkUnreached({ registration, unreached, timers, requests, watch }: TaskManagerState): void {
  const { wanted, call } = unreached;
  const isTimed = timers.deadlines.has('leader-unreached');
  if (registration === 'registering')
    assert(isTimed !== (wanted === watch.leader?.epoch), 'a leader that cannot be reached is told of once');
  if (registration === 'registered')
    assert(!isTimed && wanted === 0, 'registered, but the leader counts as one that cannot be reached');
  assert(
    call.request === 0 || requests.pending.get(call.request) === 'write-unreached',
    'the write of what cannot be reached waits for another answer',
  );
}

function checkSlot(state: TaskManagerState, slot: Slot): void {
  const free = slot.state === 'FREE';
  assert(
    free === (slot.allocationId === null),
    () => `slot ${slot.index} is ${slot.state} with allocation ${slot.allocationId}`,
  );
  assert(free === (slot.jobId === null), () => `slot ${slot.index} is ${slot.state} of job ${slot.jobId}`);
  const timed = state.timers.deadlines.has(slotTimer(slot.index));
  assert(
    timed === (slot.state === 'ALLOCATED'),
    () => `slot ${slot.index} is ${slot.state}, its timeout is ${timed ? 'set' : 'not set'}`,
  );
  if (slot.state === 'RELEASING')
    assert(
      state.tasks.some((task) => task.slotIndex === slot.index),
      () => `slot ${slot.index} is RELEASING, but nothing is left in it`,
    );
}

function checkUniqueAllocations({ slots }: TaskManagerState): void {
  for (const { index, allocationId } of slots) {
    if (allocationId === null) continue;
    for (let before = 0; before < index; before++)
      assert(slots[before]?.allocationId !== allocationId, 'two slots have one allocation');
  }
}

/** A task as its TaskManager sees it. */
function checkPlacedTask(state: TaskManagerState, task: TaskState): void {
  const { attempt } = task.descriptor;
  const slot = state.slots[task.slotIndex];
  assert(!isOver(task), () => `task ${describeTask(task)} is over and still here`);
  assert(task.epoch === state.watch.leader?.epoch, () => `task ${describeTask(task)} is of epoch ${task.epoch}`);
  assert(
    slot?.allocationId === task.allocationId,
    () => `task ${describeTask(task)} is in a slot that its allocation does not hold`,
  );
  assert(
    slot.state === 'ACTIVE' || slot.state === 'RELEASING',
    () => `task ${describeTask(task)} is in a slot that is ${slot.state}`,
  );
  for (const before of state.tasks) {
    if (before === task) break; // of two, the later one is compared
    assert(
      !isSameSubtask(before.descriptor.attempt, attempt),
      () => `${describeTask(task)} runs beside another attempt`,
    );
  }
  checkTask(task);
}
