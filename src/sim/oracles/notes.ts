// O-notes: what machines note of themselves is what can be seen of them (messages, answers, requests that were applied). Nothing else rests on
// a note, but people read them, in traces, reports and scripts: a note that lies leads them astray.
import { describeAttempt } from '../../core/protocol/describe-ids.ts';
import { CHECKPOINTS_PREFIX, JOB_PREFIX, LEADER_KEY, RESULT_PREFIX } from '../../core/protocol/ha-keys.ts';
import type { ResultRecord } from '../../core/protocol/ha-records.ts';
import type { AttemptId, Bodies } from '../../core/protocol/messages.ts';
import type { Note } from '../../core/protocol/notes.ts';
import type { PortAnswer, PortRequest } from '../../core/protocol/ports.ts';
import type { ExecutionState } from '../../core/protocol/states.ts';
import type { EvidenceLine, Oracle, Violate } from '../observation.ts';
import { readLeader, readPointers, readResult } from './decode.ts';
import { aboutAttempt, aboutCheckpoint, aboutEpoch, line } from './evidence.ts';
import { deliveredTo, haWriteOf, sentBy, type Applied, type Stepped } from './seen.ts';

export interface NotesState {
  /** Who was elected, `epoch address`. */
  readonly elected: Set<string>;
  /** Checkpoints that ever were durable, `job id`. */
  readonly completed: Set<string>;
  readonly storedJobs: Set<string>;
  readonly results: Map<string, ResultRecord>;
  readonly deleted: Set<string>;
  /** What each deployment was noted to be restored from, by `job epoch attempt`. */
  readonly deployed: Map<string, number | null>;
  /** The state that was noted last, by `node incarnation`, then by attempt under its epoch. */
  readonly tasks: Map<string, Map<string, ExecutionState>>;
}

export function notesOracle(): Oracle<NotesState> {
  return {
    name: 'O-notes',
    hears: {
      observations: ['applied', 'stopped'],
      sends: ['deploy-task', 'task-state-changed', 'heartbeat-answer'],
      notes: 'all',
    },
    create: () => ({
      elected: new Set(),
      completed: new Set(),
      storedJobs: new Set(),
      results: new Map(),
      deleted: new Set(),
      deployed: new Map(),
      tasks: new Map(),
    }),
    observe(state, seen, _, violate) {
      if (seen.kind === 'applied') onApplied(state, seen);
      else if (seen.kind === 'stepped') onStepped(state, seen, violate);
      else if (seen.kind === 'stopped') state.tasks.delete(processKey(seen));
    },
    finish: () => undefined,
  };
}

// ---- What is seen

function onApplied(state: NotesState, seen: Applied): void {
  const request = seen.request as PortRequest;
  if (request.kind === 'storage-delete') state.deleted.add(request.name);
  const write = haWriteOf(seen);
  if (write === null || write.value === null) return;
  const { key, value } = write;
  if (key === LEADER_KEY) onLeaderWritten(state, value);
  else if (key.startsWith(CHECKPOINTS_PREFIX)) onPointersWritten(state, key.slice(CHECKPOINTS_PREFIX.length), value);
  else if (key.startsWith(JOB_PREFIX)) state.storedJobs.add(key.slice(JOB_PREFIX.length));
  else if (key.startsWith(RESULT_PREFIX)) onResultWritten(state, key.slice(RESULT_PREFIX.length), value);
}

function onLeaderWritten({ elected }: NotesState, value: Uint8Array): void {
  const leader = readLeader(value);
  if (leader.ok) elected.add(`${leader.value.epoch} ${leader.value.address}`);
}

function onPointersWritten({ completed }: NotesState, jobId: string, value: Uint8Array): void {
  const pointers = readPointers(value);
  if (!pointers.ok) return;
  for (const { checkpointId } of pointers.value.completed) completed.add(`${jobId} ${checkpointId}`);
}

function onResultWritten({ results }: NotesState, jobId: string, value: Uint8Array): void {
  const result = readResult(value);
  if (result.ok) results.set(jobId, result.value);
}

// ---- What is noted, in its step

function onStepped(state: NotesState, seen: Stepped, violate: Violate): void {
  for (const effect of seen.effects) {
    if (effect.effect === 'note') onNote(state, seen, effect.note as Note, violate);
    else onSent(state, seen, sentBy(effect), violate);
  }
}

function onNote(state: NotesState, seen: Stepped, note: Note, violate: Violate): void {
  keep(state, seen, note);
  const lie = lieOf(state, seen, note);
  if (lie !== null) violate(note.kind, `${seen.node} notes ${lie.claim}, ${lie.but}`, [lie.evidence]);
}

interface Lie {
  readonly claim: string;
  readonly but: string;
  readonly evidence: EvidenceLine;
}

/** What is compared with later messages. */
function keep(state: NotesState, seen: Stepped, note: Note): void {
  if (note.kind === 'job-deployed') state.deployed.set(deploymentKey(note), note.restoredFrom);
  if (note.kind !== 'task-state-changed') return;
  const tasks = state.tasks.get(processKey(seen)) ?? new Map<string, ExecutionState>();
  state.tasks.set(processKey(seen), tasks);
  tasks.set(attemptKey(note.epoch, note.attempt), note.state);
}

/** Null: what can be seen bears the note out, or says nothing about it. */
function lieOf(state: NotesState, seen: Stepped, note: Note): Lie | null {
  switch (note.kind) {
    case 'leader-elected':
    case 'leadership-lost':
      return lieOfLeader(state, seen, note);
    case 'checkpoint-completed':
      return lieOfCompleted(state, note);
    case 'checkpoint-triggered':
      return lieOfTriggered(seen, note);
    case 'job-deployed':
      return lieOfDeployed(seen, note);
    case 'job-recovered':
      return lieOfRecovered(seen, note);
    case 'job-stored':
      return state.storedJobs.has(note.jobId) ? null : jobLie(note, 'is stored', 'and no write of it was applied');
    case 'job-status-changed':
      return lieOfJob(state, seen, note);
    case 'job-cleaned-up':
      if (state.results.get(note.jobId)?.clean === true) return null;
      return jobLie(note, 'is cleaned up', 'and no result of it that says so is durable');
    case 'job-result-known':
      if (note.status !== 'FINISHED' || state.results.get(note.jobId)?.status === 'FINISHED') return null;
      return jobLie(note, 'is FINISHED', 'and no such result of it is durable');
    case 'task-state-changed':
      return lieOfTask(seen, note);
    case 'file-deleted':
      if (state.deleted.has(note.name)) return null;
      return {
        claim: `that ${note.name} is deleted`,
        but: 'and no such request was applied',
        evidence: line(note.name, { name: note.name }),
      };
    case 'message-ignored':
      return lieOfIgnored(seen, note);
    default:
      return null;
  }
}

type NoteOf<K extends Note['kind']> = Extract<Note, { readonly kind: K }>;

function jobLie({ jobId }: { readonly jobId: string }, what: string, but: string): Lie {
  return { claim: `that ${jobId} ${what}`, but, evidence: line(`job ${jobId}`, { jobId }) };
}

function lieOfLeader(
  { elected }: NotesState,
  { node }: Stepped,
  { kind, epoch }: NoteOf<'leader-elected' | 'leadership-lost'>,
): Lie | null {
  if (elected.has(`${epoch} ${node}`)) return null;
  const claim =
    kind === 'leader-elected' ? `that it leads with epoch ${epoch}` : `that it leads no more with epoch ${epoch}`;
  return {
    claim,
    but: 'and was never written to the leader key with that epoch',
    evidence: line(`epoch ${epoch}`, aboutEpoch(epoch)),
  };
}

function lieOfJob({ results }: NotesState, { effects }: Stepped, note: NoteOf<'job-status-changed'>): Lie | null {
  const { jobId, to } = note;
  if (to === 'FINISHED' && !results.has(jobId)) return jobLie(note, 'is FINISHED', 'and no result of it is durable');
  const leads = effects.every((effect) => effect.effect !== 'note' || effect.note.kind !== 'leadership-lost');
  return to === 'SUSPENDED' && leads ? jobLie(note, 'is SUSPENDED', 'and its leader leads on') : null;
}

function lieOfCompleted(
  { completed }: NotesState,
  { jobId, checkpointId }: NoteOf<'checkpoint-completed'>,
): Lie | null {
  if (completed.has(`${jobId} ${checkpointId}`)) return null;
  const evidence = line(`checkpoint ${checkpointId} of ${jobId}`, aboutCheckpoint(checkpointId));
  return { claim: `that checkpoint ${checkpointId} is complete`, but: 'and no pointer to it is durable', evidence };
}

function lieOfTriggered(seen: Stepped, { checkpointId, jobId }: NoteOf<'checkpoint-triggered'>): Lie | null {
  const isSent = messagesOf(seen, 'trigger-checkpoint').some(
    (body) => body.checkpointId === checkpointId && body.attempt.jobId === jobId,
  );
  if (isSent) return null;
  const evidence = line(`checkpoint ${checkpointId} of ${jobId}`, aboutCheckpoint(checkpointId));
  return { claim: `that it triggers checkpoint ${checkpointId}`, but: 'and tells no task of it', evidence };
}

function lieOfDeployed(seen: Stepped, note: NoteOf<'job-deployed'>): Lie | null {
  const sent = messagesOf(seen, 'deploy-task').filter(({ epoch, task }) => {
    return deploymentKey({ ...task.attempt, epoch }) === deploymentKey(note);
  });
  if (sent.length > 0) return null;
  const claim = `that attempt ${note.attempt} of ${note.jobId} is deployed with epoch ${note.epoch}`;
  return { claim, but: 'and deploys no task of it', evidence: line(`job ${note.jobId}`, { jobId: note.jobId }) };
}

/** The note comes with the answer that it is about. */
function lieOfRecovered({ input }: Stepped, { jobId, latestCheckpointId }: NoteOf<'job-recovered'>): Lie | null {
  const answer = input.kind === 'completed' ? (input.answer as PortAnswer) : null;
  const entries = answer?.kind === 'ha-entries' ? answer.entries : [];
  const pointers = entries.find(({ key }) => key === `${CHECKPOINTS_PREFIX}${jobId}`);
  const read = pointers === undefined ? null : readPointers(pointers.value);
  const latest = read?.ok === true ? (read.value.completed.at(-1)?.checkpointId ?? null) : null;
  if (latest === latestCheckpointId) return null;
  const claim = `that the latest checkpoint of ${jobId} is ${latestCheckpointId ?? 'none'}`;
  const evidence = line(`read: ${latest ?? 'none'}`, { jobId }, aboutCheckpoint(latestCheckpointId ?? 0));
  return { claim, but: `and read that it is ${latest ?? 'none'}`, evidence };
}

/** The leader knows what it ordered itself; all else is reported in the same step. */
const ordered: readonly ExecutionState[] = ['DEPLOYING', 'CANCELING'];

function lieOfTask(seen: Stepped, { attempt, epoch, state }: NoteOf<'task-state-changed'>): Lie | null {
  if (ordered.includes(state)) return null;
  const key = attemptKey(epoch, attempt);
  const reported = messagesOf(seen, 'task-state-changed').filter(
    (body) => attemptKey(body.epoch, body.attempt) === key,
  );
  if (reported.some((body) => body.state === state)) return null;
  const what = reported.length === 0 ? 'nothing' : reported.map((body) => body.state).join(', ');
  const evidence = line(`reported of ${describeAttempt(attempt)}: ${what}`, aboutAttempt(attempt));
  return { claim: `that ${describeAttempt(attempt)} is ${state}`, but: 'and does not report it', evidence };
}

function lieOfIgnored(seen: Stepped, { message, from }: NoteOf<'message-ignored'>): Lie | null {
  const delivered = deliveredTo(seen);
  if (delivered !== null && delivered.kind === message && delivered.from === from) return null;
  const what = delivered === null ? 'no message' : `${delivered.kind} from ${delivered.from}`;
  const evidence = line(`its input: ${what}`, { node: seen.node });
  return { claim: `that it ignores ${message} from ${from}`, but: 'and was given something else', evidence };
}

// ---- What is sent, against what was noted

function onSent(state: NotesState, seen: Stepped, message: ReturnType<typeof sentBy>, violate: Violate): void {
  switch (message?.kind) {
    case 'deploy-task':
      return onDeploySent(state, seen, message.body, violate);
    case 'task-state-changed':
      return onTold(state, seen, message.body, violate);
    case 'heartbeat-answer':
      for (const { attempt, state: task } of message.body.tasks)
        onTold(state, seen, { epoch: message.body.epoch, attempt, state: task }, violate);
      return;
    default:
  }
}

function onDeploySent({ deployed }: NotesState, seen: Stepped, body: Bodies['deploy-task'], violate: Violate): void {
  const { epoch, task } = body;
  const restored = task.restore?.checkpointId ?? null;
  const noted = deployed.get(deploymentKey({ ...task.attempt, epoch }));
  if (noted === undefined || noted === restored) return; // to be silent is no lie
  violate(
    'deploy-task',
    `${seen.node} deploys ${describeAttempt(task.attempt)} from ${restored ?? 'nothing'}, and noted ${noted ?? 'nothing'}`,
    [line(`attempt ${describeAttempt(task.attempt)}`, aboutAttempt(task.attempt))],
  );
}

/** A TaskManager tells its leader what it noted last. Of an attempt that never was here it only says that it is gone. */
function onTold(
  { tasks }: NotesState,
  seen: Stepped,
  { epoch, attempt, state }: { readonly epoch: number; readonly attempt: AttemptId; readonly state: ExecutionState },
  violate: Violate,
): void {
  const noted = tasks.get(processKey(seen))?.get(attemptKey(epoch, attempt));
  if (noted === state || noted === undefined) return;
  const name = describeAttempt(attempt);
  violate('task-state', `${seen.node} reports that ${name} is ${state}, and noted ${noted}`, [
    line(`attempt ${name}`, aboutAttempt(attempt)),
  ]);
}

function messagesOf<K extends keyof Bodies>({ effects }: Stepped, kind: K): Bodies[K][] {
  const bodies: Bodies[K][] = [];
  for (const effect of effects) {
    const message = sentBy(effect);
    if (message?.kind === kind) bodies.push(message.body as Bodies[K]);
  }
  return bodies;
}

function processKey({ node, incarnation }: { readonly node: string; readonly incarnation: number }): string {
  return `${node} ${incarnation}`;
}

function deploymentKey({ jobId, epoch, attempt }: { jobId: string; epoch: number; attempt: number }): string {
  return `${jobId} ${epoch} ${attempt}`;
}

function attemptKey(epoch: number, { jobId, vertex, subtask, attempt }: AttemptId): string {
  return `${epoch} ${jobId} ${vertex} ${subtask} ${attempt}`;
}
