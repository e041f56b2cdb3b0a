// O-cut: a completed checkpoint is a consistent cut. Every subtask that was deployed at the trigger acknowledged once, with the attempt that
// it had then (I2), and each channel had as many records before the cut at its producer as at its consumer.
import type { CheckpointMetadata } from '../../core/checkpoint/metadata.ts';
import type { Bodies, ChannelCount } from '../../core/protocol/messages.ts';
import type { EvidenceLine, Oracle, Violate, WorldView } from '../observation.ts';
import type { OracleContext } from './context.ts';
import { metadataBehind } from './decode.ts';
import { aboutCheckpoint, line } from './evidence.ts';
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

interface DeployedVertex {
  readonly attempt: number;
  readonly parallelism: number;
  /** Ids of its operators. */
  readonly chain: string;
}

export interface CutState {
  readonly pointers: Pointers;
  /** The newest deployed attempt of each subtask under the newest epoch that deployed, by `vertex/subtask`. */
  deployedEpoch: number;
  readonly deployed: Map<string, number>;
  /** Vertices of the job, as the newest deployments say. */
  readonly vertices: Map<number, DeployedVertex>;
  /** By checkpoint id, until it is durable or a later one is. */
  readonly triggered: Map<number, Triggered>;
}

export function cutOracle(context: OracleContext): Oracle<CutState> {
  return {
    name: 'O-cut',
    hears: {
      observations: ['applied'],
      inputs: ['acknowledge-checkpoint'],
      sends: ['deploy-task', 'trigger-checkpoint'],
    },
    create: () => ({
      pointers: createPointers(),
      deployedEpoch: 0,
      deployed: new Map(),
      vertices: new Map(),
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
  const { vertex, subtask, attempt } = task.attempt;
  const { parallelism } = task.vertex;
  const chain = task.vertex.operators.map(({ id }) => id).join();
  const before = state.vertices.get(vertex);
  const isReshaped = before !== undefined && (before.parallelism !== parallelism || before.chain !== chain);
  if (epoch > state.deployedEpoch || isReshaped) forgetBefore(state, epoch, attempt);
  state.deployedEpoch = epoch;
  state.deployed.set(`${vertex}/${subtask}`, attempt);
  state.vertices.set(vertex, { attempt, parallelism, chain });
}

/** Another leader, or another parallelism: all begin again, and the first of them to be seen says so. */
function forgetBefore(state: CutState, epoch: number, attempt: number): void {
  const isOver = (before: number): boolean => epoch > state.deployedEpoch || before < attempt;
  for (const [subtask, before] of state.deployed) if (isOver(before)) state.deployed.delete(subtask);
  for (const [vertex, before] of state.vertices) if (isOver(before.attempt)) state.vertices.delete(vertex);
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

type Contribution = CheckpointMetadata['subtasks'][number];

function judgeCompleted(state: CutState, checkpointId: number, metadata: CheckpointMetadata, violate: Violate): void {
  const triggered = state.triggered.get(checkpointId);
  for (const id of state.triggered.keys()) if (id <= checkpointId) state.triggered.delete(id);
  const about = [aboutCheckpoint(checkpointId)];
  if (triggered === undefined)
    return violate('nobody-triggered', `checkpoint ${checkpointId} completed, but nobody triggered it`, [], { about });
  const problems = [
    ...missingSubtasks(state, metadata),
    ...metadata.subtasks.flatMap((one) => contributionProblems(triggered, one)),
  ];
  if (problems.length > 0) {
    return violate(
      'acknowledgement-missing',
      `checkpoint ${checkpointId} completed without an acknowledgement of each subtask as it was at the trigger`,
      firstLines(problems),
      { about },
    );
  }
  const uneven = unevenChannels(triggered);
  if (uneven.length > 0)
    violate('inconsistent-cut', `checkpoint ${checkpointId} is no consistent cut`, firstLines(uneven), { about });
}

function missingSubtasks(state: CutState, metadata: CheckpointMetadata): readonly EvidenceLine[] {
  const problems: EvidenceLine[] = [];
  for (const [vertex, { parallelism }] of state.vertices) {
    for (let subtask = 0; subtask < parallelism; subtask++) {
      const count = metadata.subtasks.filter((one) => one.vertex === vertex && one.subtask === subtask).length;
      if (count !== 1)
        problems.push(line(`${vertex}/${subtask}: ${count} snapshots in the metadata`, { vertex, subtask }));
    }
  }
  return problems;
}

function contributionProblems(triggered: Triggered, one: Contribution): readonly EvidenceLine[] {
  const problem = contributionProblem(triggered, one);
  const { vertex, subtask, attempt } = one;
  return problem === null ? [] : [line(`${vertex}/${subtask}#${attempt}: ${problem}`, { vertex, subtask, attempt })];
}

function contributionProblem(triggered: Triggered, one: Contribution): string | null {
  const subtask = `${one.vertex}/${one.subtask}`;
  const expected = triggered.participants.get(subtask);
  if (expected === undefined) return 'was not deployed at the trigger';
  if (expected !== one.attempt) return `at the trigger it was attempt ${expected}`;
  const ack = triggered.acks.get(subtask);
  if (ack === undefined || ack.attempt !== expected) return 'its acknowledgement never reached the leader';
  return ack.snapshot === one.handle.name
    ? null
    : `acknowledged ${ack.snapshot}, the metadata names ${one.handle.name}`;
}

const SUBTASKS_MAX = 65_536; // above any parallelism

interface Channel {
  readonly edge: number;
  readonly producer: number;
  readonly consumer: number;
  sent: number;
  taken: number;
}

/** Channels by edge and both ends: records that the producer had sent, and the consumer taken, before the cut. */
function unevenChannels(triggered: Triggered): readonly EvidenceLine[] {
  const channels = new Map<number, Channel>();
  const channelOf = (edge: number, producer: number, consumer: number): Channel => {
    const number = (edge * SUBTASKS_MAX + producer) * SUBTASKS_MAX + consumer;
    let channel = channels.get(number);
    if (channel === undefined) channels.set(number, (channel = { edge, producer, consumer, sent: 0, taken: 0 }));
    return channel;
  };
  for (const [subtask, ack] of triggered.acks) {
    const own = Number(subtask.split('/')[1]);
    for (const { edge, peer, records } of ack.recordsOut) channelOf(edge, own, peer).sent = records;
    for (const { edge, peer, records } of ack.recordsIn) channelOf(edge, peer, own).taken = records;
  }
  const uneven: EvidenceLine[] = [];
  for (const { edge, producer, consumer, sent, taken } of channels.values()) {
    if (sent === taken) continue;
    const counts = `${sent} records sent before the barrier, ${taken} taken before the cut`;
    uneven.push(line(`edge ${edge} from ${producer} to ${consumer}: ${counts}`, { edge, producer, consumer }));
  }
  return uneven;
}
