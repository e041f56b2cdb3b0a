// Why a job stands still: who waits for whom for what, read from the states of the nodes as data. It is asked once, when all is lost, so it
// may be slow; it must never throw, whatever a mutant made of a state.
import { describeReason } from '../../core/protocol/describe-reason.ts';
import type { ClientState } from '../../core/client/state.ts';
import type { JobManagerState, JobMaster, Leader, PendingCheckpoint } from '../../core/jobmanager/state.ts';
import { LEADER_KEY } from '../../core/protocol/ha-keys.ts';
import { isTerminal } from '../../core/protocol/states.ts';
import type { InputChannel } from '../../core/task/input-gate.ts';
import type { OutputChannel } from '../../core/task/result-partition.ts';
import type { TaskManagerState } from '../../core/taskmanager/state.ts';
import type { TaskState } from '../../core/task/state.ts';
import type { NodeView, WorldView } from '../observation.ts';
import type { OracleContext } from './context.ts';
import { readLeader } from './decode.ts';
import { haOf } from './service-views.ts';
import { attemptText, cutText, firstLines, textOf } from './text.ts';

const LINES_MAX = 20;

export function explainStandstill(context: OracleContext, view: WorldView): readonly string[] {
  const lines = [...explainLeader(view)];
  for (const node of view.nodes()) lines.push(...attempted(node, () => explainNode(context, node)));
  return firstLines(lines, LINES_MAX);
}

/** A state that is not what its type says is itself an explanation. */
function attempted(node: NodeView, explain: () => readonly string[]): readonly string[] {
  try {
    return explain();
  } catch (error) {
    return [`${node.address}: its state cannot be read: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function explainLeader(view: WorldView): readonly string[] {
  const entry = haOf(view).entries.get(LEADER_KEY);
  const leader = entry === undefined ? null : readLeader(entry.value);
  if (leader === null || !leader.ok) return ['nobody was ever elected'];
  const { epoch, address } = leader.value;
  const node = view.node(address);
  const leads = (node?.state as JobManagerState | undefined)?.leader?.epoch === epoch;
  const how =
    node === undefined
      ? 'is no node'
      : node.status !== 'running'
        ? `is ${node.status}`
        : leads
          ? 'leads'
          : 'runs, but does not lead';
  return [`leader of epoch ${epoch} is ${address}, which ${how}`];
}

function explainNode(context: OracleContext, node: NodeView): readonly string[] {
  if (node.status !== 'running') return [`${node.address} is ${node.status}`];
  if (node.role === 'job-manager') return explainJobManager(context, node.address, node.state as JobManagerState);
  if (node.role === 'task-manager') return explainTaskManager(context, node.address, node.state as TaskManagerState);
  if (node.role !== 'client' || !context.clients.includes(node.address)) return [];
  const { phase, watch } = node.state as ClientState;
  const { epoch, address } = watch.leader ?? { epoch: 0, address: 'nobody' };
  return phase === 'DONE' ? [] : [`${node.address} is ${phase}, it knows of epoch ${epoch} at ${address}`];
}

function explainJobManager(context: OracleContext, address: string, { leader }: JobManagerState): readonly string[] {
  if (leader === null) return [];
  const lines = [...explainRecovery(address, leader)];
  const job = leader.jobs.get(context.jobId);
  if (job !== undefined) lines.push(...explainJob(address, leader, job));
  else if (leader.cleanUps.has(context.jobId))
    lines.push(`${address} cleans up: ${leader.cleanUps.get(context.jobId)?.stage} is not done`);
  else if (leader.submissions.has(context.jobId)) lines.push(`${address} waits for the job to be stored`);
  else if (!leader.results.has(context.jobId)) lines.push(`${address} leads, but knows no job ${context.jobId}`);
  return lines;
}

function explainRecovery(address: string, { recovery, taskManagers }: Leader): readonly string[] {
  const lines = recovery.done ? [] : [`${address} has not read yet what its predecessor stored`];
  if (taskManagers.size === 0) lines.push(`${address} has no TaskManager`);
  return lines;
}

function explainJob(address: string, leader: Leader, job: JobMaster): readonly string[] {
  const lines = [`job ${job.jobId} is ${job.status}, attempt ${job.attempt}${textOfFailures(job)}`];
  if (job.store.write !== null)
    lines.push(`it waits for the pointer of checkpoint ${job.store.write.checkpointId} to be written`);
  if (job.status === 'RUNNING' && !job.restore.ready) lines.push('it waits for the metadata that it restores');
  lines.push(...explainSlots(leader, job), ...explainExecutions(job));
  for (const pending of job.coordinator.pending.values()) lines.push(explainCheckpoint(pending));
  lines.push(...explainEnded(job));
  if (job.coordinator.pending.size === 0 && job.status === 'RUNNING') {
    const { triggerAt, finalCheckpointId } = job.coordinator;
    lines.push(
      finalCheckpointId > 0
        ? `final checkpoint ${finalCheckpointId} is complete`
        : `no checkpoint is pending, ${Number.isFinite(triggerAt) ? `the next one is due at ${triggerAt} ms on ${address}` : 'none is due'}`,
    );
  }
  return lines;
}

function textOfFailures({ regions }: JobMaster): string {
  const reasons = regions.flatMap(({ failure }) => (failure === null ? [] : [describeReason(failure)]));
  return reasons.length === 0 ? '' : `, because ${[...new Set(reasons)].join(', and ')}`;
}

/** The checkpoint that ended last, if it did not complete: too many of those in a row restart the job. */
function explainEnded({ coordinator }: JobMaster): readonly string[] {
  const last = coordinator.ended.at(-1);
  if (last === undefined || last.how.kind === 'completed') return [];
  return [`checkpoint ${last.checkpointId} was given up: ${describeReason(last.how)}`];
}

/** What the leaders of the job gave up last. */
export function explainLastCheckpoint({ jobId }: OracleContext, view: WorldView): readonly string[] {
  return view.nodes().flatMap((node) => {
    if (node.role !== 'job-manager') return [];
    const explain = (): readonly string[] => {
      const job = (node.state as JobManagerState).leader?.jobs.get(jobId);
      return job === undefined ? [] : explainEnded(job);
    };
    return attempted(node, explain);
  });
}

function explainSlots({ taskManagers }: Leader, { allocations }: JobMaster): readonly string[] {
  const missing = allocations.filter((allocation) => allocation === null || !allocation.accepted);
  if (missing.length === 0) return [];
  const waits = missing.flatMap((allocation) =>
    allocation === null ? [] : [`${allocation.allocationId} of ${allocation.taskManager}`],
  );
  const slots = [...taskManagers.values()].flatMap(({ address, slots }) =>
    slots.map(({ slotIndex, state }) => `${address}/${slotIndex} ${state}`),
  );
  return [
    `${missing.length} of ${allocations.length} slots are missing${waits.length === 0 ? '' : `, offers awaited: ${waits.join(', ')}`}`,
    `slots: ${slots.join(', ') || 'none'}`,
  ];
}

function explainExecutions({ executions }: JobMaster): readonly string[] {
  const states = new Map<string, string[]>();
  for (const execution of executions) {
    if (execution.state === 'RUNNING') continue;
    const where = execution.taskManager === '' ? '' : ` on ${execution.taskManager}`;
    const text = `${execution.vertex}/${execution.subtask}#${execution.attempt}${where}`;
    states.set(execution.state, [...(states.get(execution.state) ?? []), text]);
  }
  return [...states].map(([state, attempts]) => `${state}: ${attempts.join(', ')}`);
}

function explainCheckpoint({ checkpointId, state, participants, acknowledged }: PendingCheckpoint): string {
  const missing = [...participants]
    .filter(([subtask]) => !acknowledged.has(subtask))
    .map(([subtask, attempt]) => `${subtask}#${attempt}`);
  return `checkpoint ${checkpointId} is ${state}${missing.length === 0 ? '' : `, it lacks the acknowledgement of ${missing.join(', ')}`}`;
}

function explainTaskManager(
  { jobId }: OracleContext,
  address: string,
  { registration, watch: { leader }, tasks }: TaskManagerState,
): readonly string[] {
  const lines =
    registration === 'registered'
      ? []
      : [`${address} is ${registration}${leader === null ? '' : ` with ${leader.address}, epoch ${leader.epoch}`}`];
  const own = tasks.filter(({ descriptor }) => descriptor.attempt.jobId === jobId);
  return [...lines, ...own.flatMap((task) => explainTask(address, task))];
}

function explainTask(address: string, task: TaskState): readonly string[] {
  if (isTerminal(task.status)) return [];
  const name = `${attemptText(task.descriptor.attempt)} on ${address}`;
  const lines: string[] = [];
  if (task.status !== 'RUNNING') lines.push(`${name} is ${task.status}`);
  const purposes = [...task.requests.pending.values()].map(({ kind }) => kind);
  const others = purposes.filter((kind) => kind !== 'call-function');
  if (others.length > 0) lines.push(`${name} waits for: ${others.join(', ')}`);
  lines.push(...explainCalls(name, address, task));
  if (task.alignment.pendingId !== 0)
    lines.push(`${name} aligns checkpoint ${task.alignment.pendingId}, it waits for ${unaligned(task)}`);
  lines.push(...explainEnd(name, task));
  for (const { channels } of task.partition.edges)
    lines.push(...channels.flatMap((channel) => explainOutput(name, channel)));
  lines.push(...task.gate.channels.flatMap((channel) => explainInput(name, channel)));
  return lines;
}

/** A function that does not answer holds up what is behind it, checkpoints as well where its queue is full. */
function explainCalls(name: string, address: string, { chain: { calls } }: TaskState): readonly string[] {
  const [oldest] = calls?.asked ?? [];
  if (calls === undefined || oldest === undefined) return [];
  const [id, askedAt] = oldest;
  const element = calls.elements.get(id);
  const given = element?.kind === 'record' ? `, for the record ${cutText(textOf(element.given))}` : '';
  const waited = `the oldest since ${askedAt} ms on ${address}${given}`;
  return [`${name} waits for ${calls.asked.size} of ${calls.capacity} calls of "${calls.operator}", ${waited}`];
}

/** A task ends when its final checkpoint is complete, and everything up to it is committed. */
function explainEnd(name: string, { atEnd, finalId, sink }: TaskState): readonly string[] {
  if (!atEnd) return [];
  if (finalId === 0) return [`${name} is at its end, it waits for a final checkpoint`];
  const pending = sink?.pending.map(({ checkpointId }) => checkpointId).join(', ') ?? '';
  return [`${name} knows that checkpoint ${finalId} is final, its output of checkpoints ${pending} is not committed`];
}

function unaligned({ gate }: TaskState): string {
  const waited = gate.channels.filter((channel) => !channel.blocked && !channel.ended);
  return waited.map(({ id }) => `edge ${id.edge} from ${id.producer}`).join(', ') || 'nothing';
}

function explainOutput(name: string, channel: OutputChannel): readonly string[] {
  const { id, requested, credit, sentBatches, queuedBatches, queue } = channel;
  const waiting = queue.items.length - queue.head;
  if (waiting === 0) return [];
  const to = `edge ${id.edge} to ${id.consumer}#${id.consumerAttempt}`;
  if (!requested) return [`${name}: ${to} holds ${waiting} elements, its consumer did not ask for them`];
  if (queuedBatches > 0 && sentBatches >= credit)
    return [`${name}: ${to} holds ${queuedBatches} batches without credit (${sentBatches} sent of ${credit})`];
  return [`${name}: ${to} holds ${waiting} elements`];
}

function explainInput(name: string, { id, established, blocked, queue }: InputChannel): readonly string[] {
  const from = `edge ${id.edge} from ${id.producer}#${id.producerAttempt}`;
  if (!established) return [`${name}: ${from} was not answered by its producer`];
  const waiting = queue.items.length - queue.head;
  return blocked && waiting > 0 ? [`${name}: ${from} is blocked with ${waiting} elements`] : [];
}
