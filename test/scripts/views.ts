// What a script can look at: states of machines and contents of services, a few lines each.
import { describeAttempt, describeChannel } from '../../src/core/protocol/describe-ids.ts';
import type { Value } from '../../src/core/base/value.ts';
import { NO_TIMESTAMP } from '../../src/core/graph/batch.ts';
import { decodeCheckpoints, decodeCounter, decodeLeader, decodeResult } from '../../src/core/protocol/records-codec.ts';
import type { JobMaster } from '../../src/core/jobmanager/state.ts';
import type { InputChannel } from '../../src/core/task/input-gate.ts';
import type { TaskState } from '../../src/core/task/state.ts';
import { JOB } from './job.ts';
import type { Stage } from './stage.ts';

type View = (stage: Stage, words: readonly string[]) => readonly string[];

const views: Readonly<Record<string, View>> = {
  job: (stage) => viewJob(stage),
  checkpoints: (stage) => [viewCheckpoints(leadingJob(stage))],
  slots: (stage) => viewSlots(stage),
  task: (stage, [subtask]) => viewTask(taskOf(stage, subtask)),
  leaders: (stage) => viewLeaders(stage),
  ha: (stage) =>
    [...stage.services.ha.entries].map(([key, { value, revision }]) =>
      `${key}@${revision} ${viewRecord(key, value)}`.trim(),
    ),
  files: (stage) => viewFiles([...stage.services.storage.blobs.keys()]),
  sink: (stage) => viewSink(stage),
  air: (stage) => stage.air.map(({ text, held }) => (held ? `${text} (held)` : text)),
};

export function isView(verb: string): boolean {
  return Object.hasOwn(views, verb);
}

export function describeView(stage: Stage, verb: string, words: readonly string[]): readonly string[] {
  return views[verb]!(stage, words);
}

/** As the leader of the highest epoch sees it. */
function leadingJob(stage: Stage): JobMaster | undefined {
  const leaders = stage.jobManagers.filter((node) => node.isActive).flatMap((node) => node.state.leader ?? []);
  return leaders.toSorted((a, b) => b.epoch - a.epoch)[0]?.jobs.get(JOB);
}

function viewJob(stage: Stage): readonly string[] {
  const job = leadingJob(stage);
  if (job === undefined) return ['no leader runs it'];
  const executions = job.executions.map(
    (execution) =>
      `${describeAttempt(execution)} ${execution.state}${execution.taskManager === '' ? '' : ` on ${execution.taskManager}`}`,
  );
  return [`${job.jobId} ${job.status}`, ...executions];
}

function viewCheckpoints(job: JobMaster | undefined): string {
  if (job === undefined) return 'no leader runs the job';
  const completed = job.store.completed.map(({ checkpointId, final }) => `${checkpointId}${final ? ' final' : ''}`);
  const pending = [...job.coordinator.pending.values()].map((checkpoint) => {
    const missing = [...checkpoint.participants.keys()].filter((key) => !checkpoint.acknowledged.has(key));
    return `${checkpoint.checkpointId} ${checkpoint.state}${missing.length === 0 ? '' : `, waits for ${missing.join(' ')}`}`;
  });
  return `completed ${completed.join(' ') || 'none'}; pending ${pending.join('; ') || 'none'}; counter ${job.coordinator.lastCheckpointId}`;
}

function viewSlots(stage: Stage): readonly string[] {
  const leader = stage.jobManagers.find((node) => node.isActive && node.state.leader !== null)?.state.leader;
  return stage.taskManagers.flatMap((node) =>
    node.state.slots.map((slot) => {
      const mirror = leader?.taskManagers.get(node.name)?.slots[slot.index];
      const own = node.isAlive ? `${slot.state} ${slot.allocationId ?? ''}`.trim() : 'down';
      const believed = mirror === undefined ? 'not registered' : `${mirror.state} ${mirror.allocationId ?? ''}`.trim();
      return `${node.name} slot ${slot.index}: ${own}; the leader believes: ${believed}`;
    }),
  );
}

function taskOf(stage: Stage, subtask: string | undefined): TaskState {
  for (const node of stage.taskManagers)
    for (const task of node.state.tasks)
      if (node.isAlive && `${task.descriptor.attempt.vertex}/${task.descriptor.attempt.subtask}` === subtask)
        return task;
  throw new Error(`no task ${subtask} runs`);
}

function viewTask(task: TaskState): readonly string[] {
  const { alignment, gate, atEnd } = task;
  const aligning = alignment.pendingId === 0 ? '' : `, aligns checkpoint ${alignment.pendingId}`;
  const tombstones = alignment.tombstones.length === 0 ? '' : `, tombstones ${alignment.tombstones.join(' ')}`;
  const end = atEnd ? ', at its end' : '';
  return [
    `${describeAttempt(task.descriptor.attempt)} ${task.status}${end}, watermark ${viewTime(task.watermark)}${aligning}${tombstones}`,
    ...gate.channels.map(viewChannel),
  ];
}

function viewChannel(channel: InputChannel): string {
  const flags = `${channel.blocked ? ' blocked' : ''}${channel.ended ? ' ended' : ''}`;
  return `${describeChannel(channel.id)}: received ${channel.received}, records ${channel.records}, watermark ${viewTime(channel.watermark)}${flags}`;
}

function viewTime(at: number): string {
  if (at === NO_TIMESTAMP) return 'none';
  return at === Number.MAX_SAFE_INTEGER ? 'max' : String(at);
}

function viewLeaders(stage: Stage): readonly string[] {
  const stored = stage.services.ha.entries.get('leader');
  return [
    ...stage.jobManagers.map((node) => {
      if (!node.isAlive) return `${node.name} down`;
      return `${node.name} ${node.state.leader === null ? node.state.election.role : `leads epoch ${node.state.leader.epoch}`}`;
    }),
    ...stage.taskManagers.map((node) =>
      node.isAlive
        ? `${node.name} follows ${node.state.watch.leader?.address ?? 'nobody'}, ${node.state.registration}`
        : `${node.name} down`,
    ),
    `leader key: ${stored === undefined ? 'none' : viewRecord('leader', stored.value)}`,
  ];
}

function viewRecord(key: string, value: Uint8Array): string {
  if (key === 'leader') return textOf(decodeLeader(value), ({ epoch, address }) => `epoch ${epoch} ${address}`);
  if (key.startsWith('checkpoints/'))
    return textOf(
      decodeCheckpoints(value),
      ({ completed }) => completed.map(({ checkpointId }) => checkpointId).join(' ') || 'empty',
    );
  if (key.startsWith('counter/'))
    return textOf(decodeCounter(value), ({ lastCheckpointId }) => String(lastCheckpointId));
  if (key.startsWith('result/'))
    return textOf(decodeResult(value), ({ status, clean }) => `${status}${clean ? ' clean' : ' dirty'}`);
  return '';
}

function textOf<T>(record: { ok: true; value: T } | { ok: false; reason: string }, text: (value: T) => string): string {
  return record.ok ? text(record.value) : record.reason;
}

/** A line per checkpoint. */
function viewFiles(names: readonly string[]): readonly string[] {
  const folders = new Map<string, string[]>();
  for (const name of names.toSorted()) {
    const folder = name.slice(0, name.lastIndexOf('/') + 1);
    folders.set(folder, [...(folders.get(folder) ?? []), name.slice(folder.length)]);
  }
  return folders.size === 0 ? ['no files'] : [...folders].map(([folder, files]) => `${folder} ${files.join(' ')}`);
}

function viewSink(stage: Stage): readonly string[] {
  const sink = stage.services.sink.sinks.get('out')!;
  return [
    `committed ${viewRecords(sink.committed.flatMap(({ records }) => records))}`,
    ...[...sink.prepared].map(([name, { records }]) => `prepared ${name}: ${viewRecords(records)}`),
  ];
}

/** The job of the scripts writes texts. */
function viewRecords(records: readonly Value[]): string {
  return records.length === 0 ? 'nothing' : (records as readonly string[]).join(' ');
}
