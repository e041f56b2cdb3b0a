// What always holds in a task between two steps: T1–T14, each named on the fields that it binds. A violation is a bug, wherever the messages came from. It is checked with its TaskManager, and
// as that one makes no lists and no texts where all is well.
import { assert, must } from '../base/assert.ts';
import { NEVER } from '../base/machine.ts';
import { ringSize } from '../base/ring.ts';
import type { CallsState } from '../operators/calls.ts';
import { fetchedCount } from '../operators/fetched.ts';
import type { SinkState } from '../operators/sink.ts';
import type { SourceState } from '../operators/source.ts';
import type { InputChannel } from './input-gate.ts';
import type { OutputChannel } from './result-partition.ts';
import { describeTask } from './state.ts';
import type { TaskState } from './state.ts';

export function checkTask(task: TaskState): void {
  checkGate(task);
  checkPartition(task);
  if (task.source !== null) checkSource(task, task.source);
  if (task.sink !== null) checkSink(task, task.sink);
  checkCheckpoints(task);
  if (task.chain.calls !== undefined) checkCalls(task, task.chain.calls);
}

function checkGate(task: TaskState): void {
  let ready = 0;
  for (const channel of task.gate.channels) if (!channel.blocked && ringSize(channel.queue) > 0) ready += 1;
  assert(
    task.gate.ready === ready,
    () => `task ${describeTask(task)}: ${ready} channels are ready, ${task.gate.ready} are counted (T1)`,
  );
  const { pendingId, lastId } = task.alignment;
  assert(
    pendingId === 0 || pendingId === lastId,
    () => `task ${describeTask(task)} aligns ${pendingId}, though it has seen ${lastId} (T2)`,
  );
  for (const channel of task.gate.channels) checkInput(task, channel);
}

function checkInput(task: TaskState, channel: InputChannel): void {
  assert(channel.receivedBatches <= channel.credit, () => `task ${describeTask(task)}: more batches than credit (T3)`);
  assert(
    channel.takenBatches <= channel.receivedBatches,
    () => `task ${describeTask(task)}: more batches taken than received (T4)`,
  );
  assert(
    !channel.blocked || task.alignment.pendingId !== 0,
    () => `task ${describeTask(task)}: a channel is blocked, but nothing is aligned (T5)`,
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
    () => `task ${describeTask(task)}: ${full} outputs are full, ${partition.full} are counted (T6)`,
  );
}

function checkOutput(task: TaskState, channel: OutputChannel): void {
  assert(channel.sentBatches <= channel.credit, () => `task ${describeTask(task)}: more batches sent than credit (T7)`);
  assert(channel.confirmed <= channel.sent, () => `task ${describeTask(task)}: more elements confirmed than sent (T8)`);
  const waits = channel.credit > 0 && ringSize(channel.queue) > 0 && task.status === 'RUNNING';
  assert(
    !waits || task.partition.statusAt !== NEVER,
    () => `task ${describeTask(task)}: zero credit without a wake-up (T9)`,
  );
}

function checkSource(task: TaskState, source: SourceState): void {
  let due = 0;
  for (const split of source.splits) {
    if (!split.due) continue;
    due += 1;
    assert(
      split.next < fetchedCount(split.fetched),
      () => `task ${describeTask(task)}: a split may emit, but has nothing to`,
    );
  }
  assert(
    due === source.dueSplits,
    () => `task ${describeTask(task)}: ${due} splits may emit, ${source.dueSplits} are counted (T10)`,
  );
}

/** One transaction per epoch, in the order of the checkpoints, and each either prepared or waiting for it. */
function checkSink(task: TaskState, sink: SinkState): void {
  for (let index = 1; index < sink.pending.length; index++) {
    const before = must(sink.pending[index - 1], 'the transaction before');
    const transaction = must(sink.pending[index], 'a transaction');
    assert(
      before.checkpointId < transaction.checkpointId,
      () => `task ${describeTask(task)}: transactions are out of order (T11)`,
    );
    assert(
      before.prepared || !transaction.prepared,
      () => `task ${describeTask(task)}: prepared before an older transaction (T11)`,
    );
  }
}

function checkCheckpoints(task: TaskState): void {
  for (let index = 1; index < task.checkpoints.length; index++) {
    const before = must(task.checkpoints[index - 1], 'the checkpoint before');
    const checkpoint = must(task.checkpoints[index], 'a checkpoint');
    assert(
      before.checkpointId < checkpoint.checkpointId,
      () => `task ${describeTask(task)}: checkpoints are out of order (T12)`,
    );
    assert(before.cursor === null, () => `task ${describeTask(task)}: an older snapshot is still being encoded (T12)`);
  }
  assert(task.finalId === 0 || task.atEnd, () => `task ${describeTask(task)}: final, but not at its end (T13)`);
}

/** Each record in flight waits to be asked for, for its answer, or to go on; the host is asked for so many at a time. */
function checkCalls(task: TaskState, { records, elements, asked, unasked, capacity }: CallsState): void {
  let answered = 0;
  let counted = 0;
  for (const element of elements.values()) {
    if (element.kind !== 'record') continue;
    counted += 1;
    if (element.answered > 0) answered += 1;
  }
  const sum = asked.size + ringSize(unasked) + answered;
  assert(
    counted === records && sum === records,
    () => `task ${describeTask(task)}: ${counted} records are in flight, ${records} are counted, ${sum} wait (T14)`,
  );
  assert(
    asked.size + answered <= capacity,
    () => `task ${describeTask(task)}: ${asked.size + answered} calls, and a capacity of ${capacity} (T14)`,
  );
}
