// What always holds in a TaskManager between two steps. A violation is a bug, wherever the messages came from.
import { assert } from '../base/assert.ts';
import { NEVER } from '../base/machine.ts';
import { ringSize } from '../base/ring.ts';
import type { SinkState } from '../operators/sink.ts';
import type { SourceState } from '../operators/source.ts';
import { describeAttempt } from '../protocol/describe.ts';
import type { InputChannel } from './input-gate.ts';
import type { OutputChannel } from './result-partition.ts';
import type { Slot, TaskManagerState } from './state.ts';
import { isSameSubtask } from './state.ts';
import { isOver } from './task-state.ts';
import type { TaskState } from './task-state.ts';

export function checkTaskManager(state: TaskManagerState): void {
  checkRegistration(state);
  for (const slot of state.slots) checkSlot(state, slot);
  checkUniqueAllocations(state);
  for (const [index, task] of state.tasks.entries()) checkTask(state, task, index);
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
  const timed = state.timers.deadlines.has(`slot/${slot.index}`);
  assert(
    timed === (slot.state === 'ALLOCATED'),
    () => `slot ${slot.index} is ${slot.state}, its timeout is ${timed ? 'set' : 'not set'}`,
  );
  const used = state.tasks.some((task) => task.slotIndex === slot.index);
  assert(slot.state !== 'RELEASING' || used, () => `slot ${slot.index} is RELEASING, but nothing is left in it`);
}

function checkUniqueAllocations(state: TaskManagerState): void {
  const held = state.slots.flatMap((slot) => (slot.allocationId === null ? [] : [slot.allocationId]));
  assert(new Set(held).size === held.length, 'two slots have one allocation');
}

function checkTask(state: TaskManagerState, task: TaskState, index: number): void {
  const name = describeAttempt(task.descriptor.attempt);
  const slot = state.slots[task.slotIndex];
  assert(!isOver(task), () => `task ${name} is over and still here`);
  assert(task.epoch === state.leader?.epoch, () => `task ${name} is of epoch ${task.epoch}`);
  assert(slot?.allocationId === task.allocationId, () => `task ${name} is in a slot that its allocation does not hold`);
  assert(
    slot.state === 'ACTIVE' || slot.state === 'RELEASING',
    () => `task ${name} is in a slot that is ${slot.state}`,
  );
  for (const other of state.tasks.slice(0, index)) {
    assert(
      !isSameSubtask(other.descriptor.attempt, task.descriptor.attempt),
      () => `${name} runs beside another attempt`,
    );
  }
  checkGate(task, name);
  checkPartition(task, name);
  if (task.source !== null) checkSource(task.source, name);
  if (task.sink !== null) checkSink(task.sink, name);
  checkCheckpoints(task, name);
}

function checkGate(task: TaskState, name: string): void {
  const ready = task.gate.channels.filter((channel) => !channel.blocked && ringSize(channel.queue) > 0).length;
  assert(task.gate.ready === ready, () => `task ${name}: ${ready} channels are ready, ${task.gate.ready} are counted`);
  const { pendingId, lastId } = task.alignment;
  assert(
    pendingId === 0 || pendingId === lastId,
    () => `task ${name} aligns ${pendingId}, though it has seen ${lastId}`,
  );
  for (const channel of task.gate.channels) checkInput(task, channel, name);
}

function checkInput(task: TaskState, channel: InputChannel, name: string): void {
  assert(channel.receivedBatches <= channel.credit, () => `task ${name}: more batches than credit`);
  assert(channel.takenBatches <= channel.receivedBatches, () => `task ${name}: more batches taken than received`);
  assert(
    !channel.blocked || task.alignment.pendingId !== 0,
    () => `task ${name}: a channel is blocked, but nothing is aligned`,
  );
}

function checkPartition(task: TaskState, name: string): void {
  const { partition } = task;
  const channels = partition.edges.flatMap((edge) => edge.channels);
  const full = channels.filter((channel) => channel.queuedBatches >= partition.queueBatchesMax).length;
  assert(partition.full === full, () => `task ${name}: ${full} outputs are full, ${partition.full} are counted`);
  for (const channel of channels) checkOutput(task, channel, name);
}

function checkOutput(task: TaskState, channel: OutputChannel, name: string): void {
  assert(channel.sentBatches <= channel.credit, () => `task ${name}: more batches sent than credit`);
  assert(channel.confirmed <= channel.sent, () => `task ${name}: more elements confirmed than sent`);
  const waits = channel.credit > 0 && ringSize(channel.queue) > 0 && task.status === 'RUNNING';
  assert(!waits || task.partition.statusAt !== NEVER, () => `task ${name}: zero credit without a wake-up`);
}

function checkSource(source: SourceState, name: string): void {
  const due = source.splits.filter((split) => split.due);
  assert(
    due.length === source.dueSplits,
    () => `task ${name}: ${due.length} splits may emit, ${source.dueSplits} are counted`,
  );
  assert(
    due.every((split) => split.next < split.fetched.length),
    () => `task ${name}: a split may emit, but has nothing to`,
  );
}

/** One transaction per epoch, in the order of the checkpoints, and each either prepared or waiting for it. */
function checkSink(sink: SinkState, name: string): void {
  for (const [index, transaction] of sink.pending.entries()) {
    const before = sink.pending[index - 1];
    if (before === undefined) continue;
    assert(before.checkpointId < transaction.checkpointId, () => `task ${name}: transactions are out of order`);
    assert(before.prepared || !transaction.prepared, () => `task ${name}: prepared before an older transaction`);
  }
}

function checkCheckpoints(task: TaskState, name: string): void {
  for (const [index, checkpoint] of task.checkpoints.entries()) {
    const before = task.checkpoints[index - 1];
    assert(
      before === undefined || before.checkpointId < checkpoint.checkpointId,
      () => `task ${name}: checkpoints are out of order`,
    );
    const newest = index === task.checkpoints.length - 1;
    assert(newest || checkpoint.cursor === null, () => `task ${name}: an older snapshot is still being encoded`);
  }
  assert(task.finalId === 0 || task.atEnd, () => `task ${name}: final, but not at its end`);
}
