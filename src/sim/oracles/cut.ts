// O-cut: a completed checkpoint is a consistent cut. Every subtask that was deployed at the trigger acknowledged once, with the attempt that
// it had then (I2), and each channel had as many records before the cut at its producer as at its consumer.
import type { CheckpointMetadata } from '../../core/checkpoint/metadata.ts';
import type { Bodies, ChannelCount } from '../../core/protocol/messages.ts';
import type { Oracle, WorldView } from '../observation.ts';
import type { OracleContext, Violate } from './context.ts';
import { metadataBehind } from './decode.ts';
import { createPointers, followPointers, type Pointers } from './pointers.ts';
import { deliveredTo, sentBy, type Stepped } from './seen.ts';
import { storageOf } from './service-views.ts';
import { firstLines } from './text.ts';

interface Ack {
  readonly attempt: number;
  readonly snapshot: string;
  readonly recordsIn: readonly ChannelCount[];
  readonly recordsOut: readonly ChannelCount[];
}

interface Triggered {
  readonly epoch: number;
  /** Attempts by `vertex/subtask`, as they were deployed when the checkpoint was triggered. */
  readonly participants: ReadonlyMap<string, number>;
  /** Acknowledgements that reached the leader, by `vertex/subtask`; of several the one for the attempt at the trigger. */
  readonly acks: Map<string, Ack>;
}

export interface CutState {
  readonly pointers: Pointers;
  /** The newest deployed attempt of each subtask under the newest epoch that deployed, by `vertex/subtask`. */
  deployedEpoch: number;
  readonly deployed: Map<string, number>;
  /** Subtasks of the job by vertex, as deployments say. */
  readonly parallelism: Map<number, number>;
  /** By checkpoint id, until it is durable or a later one is. */
  readonly triggered: Map<number, Triggered>;
}

export function cutOracle(context: OracleContext): Oracle<CutState> {
  return {
    name: 'O-cut',
    create: () => ({
      pointers: createPointers(),
      deployedEpoch: 0,
      deployed: new Map(),
      parallelism: new Map(),
      triggered: new Map(),
    }),
    observe: (state, seen, view, violate) => {
      if (seen.kind === 'stepped') onStepped(state, context.jobId, seen);
      if (seen.kind !== 'applied') return;
      const change = followPointers(state.pointers, context.jobId, seen);
      for (const { checkpointId, metadata } of change?.added ?? []) {
        const read = metadataBehind(metadata, storageOf(view).blobs);
        if (read.ok) judgeCompleted(state, checkpointId, read.value, violate);
      }
    },
    finish: (_state: CutState, _view: WorldView) => undefined,
  };
}

function onStepped(state: CutState, jobId: string, seen: Stepped): void {
  const message = deliveredTo(seen);
  if (message?.kind === 'acknowledge-checkpoint' && message.body.attempt.jobId === jobId) onAck(state, message.body);
  for (const effect of seen.effects) {
    const sent = sentBy(effect);
    if (sent?.kind === 'deploy-task' && sent.body.task.attempt.jobId === jobId) onDeploy(state, sent.body);
    else if (sent?.kind === 'trigger-checkpoint' && sent.body.attempt.jobId === jobId) onTrigger(state, sent.body);
  }
}

function onDeploy(state: CutState, { epoch, task }: Bodies['deploy-task']): void {
  if (epoch < state.deployedEpoch) return;
  if (epoch > state.deployedEpoch) state.deployed.clear();
  state.deployedEpoch = epoch;
  const { vertex, subtask, attempt } = task.attempt;
  state.deployed.set(`${vertex}/${subtask}`, attempt);
  state.parallelism.set(vertex, task.vertex.parallelism);
}

function onTrigger(state: CutState, { epoch, checkpointId }: Bodies['trigger-checkpoint']): void {
  if (epoch !== state.deployedEpoch || state.triggered.has(checkpointId)) return;
  state.triggered.set(checkpointId, { epoch, participants: new Map(state.deployed), acks: new Map() });
}

function onAck(
  state: CutState,
  { epoch, attempt, checkpointId, handle, metrics }: Bodies['acknowledge-checkpoint'],
): void {
  const triggered = state.triggered.get(checkpointId);
  if (triggered === undefined || triggered.epoch !== epoch) return;
  const subtask = `${attempt.vertex}/${attempt.subtask}`;
  if (triggered.acks.get(subtask)?.attempt === triggered.participants.get(subtask)) return;
  const { recordsIn, recordsOut } = metrics;
  triggered.acks.set(subtask, { attempt: attempt.attempt, snapshot: handle.name, recordsIn, recordsOut });
}

function judgeCompleted(state: CutState, checkpointId: number, metadata: CheckpointMetadata, violate: Violate): void {
  const triggered = state.triggered.get(checkpointId);
  for (const id of state.triggered.keys()) if (id <= checkpointId) state.triggered.delete(id);
  if (triggered === undefined) return violate(`checkpoint ${checkpointId} completed, but nobody triggered it`, []);
  const problems = [
    ...missingSubtasks(state, metadata),
    ...metadata.subtasks.flatMap((one) => contributionProblems(triggered, one)),
  ];
  if (problems.length > 0) {
    return violate(
      `checkpoint ${checkpointId} completed without an acknowledgement of each subtask as it was at the trigger`,
      firstLines(problems),
    );
  }
  const uneven = unevenChannels(triggered);
  if (uneven.length > 0) violate(`checkpoint ${checkpointId} is no consistent cut`, firstLines(uneven));
}

function missingSubtasks(state: CutState, metadata: CheckpointMetadata): readonly string[] {
  const problems: string[] = [];
  for (const [vertex, parallelism] of state.parallelism) {
    for (let subtask = 0; subtask < parallelism; subtask++) {
      const count = metadata.subtasks.filter((one) => one.vertex === vertex && one.subtask === subtask).length;
      if (count !== 1) problems.push(`${vertex}/${subtask}: ${count} snapshots in the metadata`);
    }
  }
  return problems;
}

function contributionProblems(triggered: Triggered, one: CheckpointMetadata['subtasks'][number]): readonly string[] {
  const subtask = `${one.vertex}/${one.subtask}`;
  const expected = triggered.participants.get(subtask);
  if (expected === undefined) return [`${subtask}#${one.attempt}: was not deployed at the trigger`];
  if (expected !== one.attempt) return [`${subtask}#${one.attempt}: at the trigger it was attempt ${expected}`];
  const ack = triggered.acks.get(subtask);
  if (ack === undefined || ack.attempt !== expected)
    return [`${subtask}#${one.attempt}: its acknowledgement never reached the leader`];
  return ack.snapshot === one.handle.name
    ? []
    : [`${subtask}#${one.attempt}: acknowledged ${ack.snapshot}, the metadata names ${one.handle.name}`];
}

/** Channels by edge and both ends: records that the producer had sent, and the consumer taken, before the cut. */
function unevenChannels(triggered: Triggered): readonly string[] {
  const sent = new Map<string, number>();
  const taken = new Map<string, number>();
  for (const [subtask, ack] of triggered.acks) {
    const own = subtask.split('/')[1] as string;
    for (const { edge, peer, records } of ack.recordsOut) sent.set(`edge ${edge} from ${own} to ${peer}`, records);
    for (const { edge, peer, records } of ack.recordsIn) taken.set(`edge ${edge} from ${peer} to ${own}`, records);
  }
  const channels = new Set([...sent.keys(), ...taken.keys()]);
  return [...channels].flatMap((channel) => {
    const [before, behind] = [sent.get(channel) ?? 0, taken.get(channel) ?? 0];
    return before === behind
      ? []
      : [`${channel}: ${before} records sent before the barrier, ${behind} taken before the cut`];
  });
}
