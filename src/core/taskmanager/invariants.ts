// What always holds in a TaskManager between two steps. A violation is a bug, wherever the messages came from. This runs after each step of
// a checked run, so it makes no lists and no texts where all is well, and its loops call nothing but the checks.
import { assert, must } from '../base/assert.ts';
import { NEVER } from '../base/machine.ts';
import { ringSize } from '../base/ring.ts';
import type { SinkState } from '../operators/sink.ts';
import type { SourceState } from '../operators/source.ts';
import { describeAttempt } from '../protocol/describe-ids.ts';
import type { InputChannel } from './input-gate.ts';
import type { OutputChannel } from './result-partition.ts';
import type { Slot, TaskManagerState } from './state.ts';
import { isSameSubtask, slotTimer } from './state.ts';
import { isOver } from './task-state.ts';
import type { TaskState } from './task-state.ts';

export function checkTaskManager(state: TaskManagerState): void {
  checkRegistration(state);
  for (const slot of state.slots) checkSlot(state, slot);
  checkUniqueAllocations(state);
  for (const task of state.tasks) checkTask(state, task);
}

/** Without a leader that answers there is nothing to lose. */
function checkRegistration(state: TaskManagerState): void {
  if (state.registration === 'registered') {
    assert(state.leader !== null, 'registered, but with no leader');
    assert(state.timers.deadlines.has('leader-silent'), 'registered, but nobody notices a silent leader');
    return;
  }
  assert(state.tasks.length === 0, 'tasks run though no leader answers');
  assert(
    state.slots.every((slot) => slot.state === 'FREE'),
    'slots are held though no leader answers',
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
    for (const other of slots)
      assert(other.index >= index || other.allocationId !== allocationId, 'two slots have one allocation');
  }
}

function checkTask(state: TaskManagerState, task: TaskState): void {
  const { attempt } = task.descriptor;
  const slot = state.slots[task.slotIndex];
  assert(!isOver(task), () => `task ${nameOf(task)} is over and still here`);
  assert(task.epoch === state.leader?.epoch, () => `task ${nameOf(task)} is of epoch ${task.epoch}`);
  assert(
    slot?.allocationId === task.allocationId,
    () => `task ${nameOf(task)} is in a slot that its allocation does not hold`,
  );
  assert(
    slot.state === 'ACTIVE' || slot.state === 'RELEASING',
    () => `task ${nameOf(task)} is in a slot that is ${slot.state}`,
  );
  for (const other of state.tasks)
    assert(
      other === task || !isSameSubtask(other.descriptor.attempt, attempt),
      () => `${nameOf(task)} runs beside another attempt`,
    );
  checkGate(task);
  checkPartition(task);
  if (task.source !== null) checkSource(task, task.source);
  if (task.sink !== null) checkSink(task, task.sink);
  checkCheckpoints(task);
}

function nameOf(task: TaskState): string {
  return describeAttempt(task.descriptor.attempt);
}

function checkGate(task: TaskState): void {
  let ready = 0;
  for (const channel of task.gate.channels) if (!channel.blocked && ringSize(channel.queue) > 0) ready += 1;
  assert(
    task.gate.ready === ready,
    () => `task ${nameOf(task)}: ${ready} channels are ready, ${task.gate.ready} are counted`,
  );
  const { pendingId, lastId } = task.alignment;
  assert(
    pendingId === 0 || pendingId === lastId,
    () => `task ${nameOf(task)} aligns ${pendingId}, though it has seen ${lastId}`,
  );
  for (const channel of task.gate.channels) checkInput(task, channel);
}

function checkInput(task: TaskState, channel: InputChannel): void {
  assert(channel.receivedBatches <= channel.credit, () => `task ${nameOf(task)}: more batches than credit`);
  assert(
    channel.takenBatches <= channel.receivedBatches,
    () => `task ${nameOf(task)}: more batches taken than received`,
  );
  assert(
    !channel.blocked || task.alignment.pendingId !== 0,
    () => `task ${nameOf(task)}: a channel is blocked, but nothing is aligned`,
  );
}

function checkPartition(task: TaskState): void {
  const { partition } = task;
  let full = 0;
  for (const { channels } of partition.edges) {
    for (const channel of channels) {
      if (channel.queuedBatches >= partition.queueBatchesMax) full += 1;
      checkOutput(task, channel);
    }
  }
  assert(
    partition.full === full,
    () => `task ${nameOf(task)}: ${full} outputs are full, ${partition.full} are counted`,
  );
}

function checkOutput(task: TaskState, channel: OutputChannel): void {
  assert(channel.sentBatches <= channel.credit, () => `task ${nameOf(task)}: more batches sent than credit`);
  assert(channel.confirmed <= channel.sent, () => `task ${nameOf(task)}: more elements confirmed than sent`);
  const waits = channel.credit > 0 && ringSize(channel.queue) > 0 && task.status === 'RUNNING';
  assert(!waits || task.partition.statusAt !== NEVER, () => `task ${nameOf(task)}: zero credit without a wake-up`);
}

function checkSource(task: TaskState, source: SourceState): void {
  let due = 0;
  for (const split of source.splits) {
    if (!split.due) continue;
    due += 1;
    assert(split.next < split.fetched.length, () => `task ${nameOf(task)}: a split may emit, but has nothing to`);
  }
  assert(
    due === source.dueSplits,
    () => `task ${nameOf(task)}: ${due} splits may emit, ${source.dueSplits} are counted`,
  );
}

/** One transaction per epoch, in the order of the checkpoints, and each either prepared or waiting for it. */
function checkSink(task: TaskState, sink: SinkState): void {
  for (let index = 1; index < sink.pending.length; index++) {
    const before = must(sink.pending[index - 1], 'the transaction before');
    const transaction = must(sink.pending[index], 'a transaction');
    assert(before.checkpointId < transaction.checkpointId, () => `task ${nameOf(task)}: transactions are out of order`);
    assert(
      before.prepared || !transaction.prepared,
      () => `task ${nameOf(task)}: prepared before an older transaction`,
    );
  }
}

function checkCheckpoints(task: TaskState): void {
  for (let index = 1; index < task.checkpoints.length; index++) {
    const before = must(task.checkpoints[index - 1], 'the checkpoint before');
    const checkpoint = must(task.checkpoints[index], 'a checkpoint');
    assert(before.checkpointId < checkpoint.checkpointId, () => `task ${nameOf(task)}: checkpoints are out of order`);
    assert(before.cursor === null, () => `task ${nameOf(task)}: an older snapshot is still being encoded`);
  }
  assert(task.finalId === 0 || task.atEnd, () => `task ${nameOf(task)}: final, but not at its end`);
}
