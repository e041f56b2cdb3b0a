// A part of O-view: what was seen of tasks, TaskManagers, acknowledgements and jobs, by the messages of those whom it concerns. What a client is shown is compared with it.
import type { Address } from '../../core/base/vocabulary.ts';
import { JOB_PREFIX, LEADER_KEY, RESULT_PREFIX } from '../../core/protocol/ha-keys.ts';
import type { AttemptId, Bodies, Message } from '../../core/protocol/messages.ts';
import { isGloballyTerminal, isTerminal, type EndStatus, type ExecutionState } from '../../core/protocol/states.ts';
import { readLeader, readResult } from './decode.ts';
import type { Thing } from '../observation.ts';
import { deliveredTo, haWriteOf, sentBy, type Applied, type Stepped } from './seen.ts';

/** An attempt that a leader deployed. */
export interface TaskSeen {
  readonly taskManager: Address;
  readonly incarnation: number;
  readonly slotIndex: number;
  /** What its TaskManager said of it; and what of that its leader heard: that it lives, or that it is over. */
  readonly said: Set<ExecutionState>;
  heardLive: boolean;
  heardOver: boolean;
}

/** All attempts of a subtask under one leader. */
export interface SubtaskSeen {
  readonly jobId: string;
  readonly attempts: Map<number, TaskSeen>;
  /** The highest one that was deployed. */
  latest: number;
}

/** A TaskManager as one leader registered it. */
export interface RegisteredSeen {
  readonly incarnation: number;
  /** On the clock of the leader, in ms: it registered, or answered a heartbeat. */
  heardAt: number;
  /** Slots of which it said that they are free, and that were not requested since. */
  readonly free: Set<number>;
}

export interface JobSeen {
  /** Its record was written once. */
  stored: boolean;
  /** A client was told that it is accepted, or how it ended, and it was not removed since. */
  told: EndStatus | 'accepted' | null;
  /** Its result was removed: its leader may not have heard that yet, and tell of it, and need not count it when it has. */
  isRemoved: boolean;
  /** It had a result that says so once. */
  readonly ends: Set<EndStatus>;
}

/** What is wrong of what one client was shown. */
export type Wrong = (rule: string, text: string, ...evidence: [] | [what: string, ...about: Thing[]]) => void;

export interface ViewState {
  readonly seen: ViewSeen;
  /** By epoch, job and id: how a checkpoint ended, as its leader showed it first. */
  readonly ended: Map<string, string>;
}

export interface ViewSeen {
  /** Of the last leader, and who led by epoch. */
  leaderEpoch: number;
  readonly leaders: Map<number, Address>;
  /** By epoch, job, vertex and subtask. */
  readonly subtasks: Map<string, SubtaskSeen>;
  /** By epoch and address. */
  readonly registered: Map<string, RegisteredSeen>;
  /** Slots by address and incarnation. */
  readonly slots: Map<string, number>;
  /** Sizes of snapshots by epoch, job, checkpoint, subtask and attempt, as their leader heard. */
  readonly acknowledged: Map<string, number>;
  /** By epoch and job: the latest checkpoint of which tasks were told that it is complete. */
  readonly completed: Map<string, number>;
  readonly jobs: Map<string, JobSeen>;
}

export function createViewSeen(): ViewSeen {
  return {
    leaderEpoch: 0,
    leaders: new Map(),
    subtasks: new Map(),
    registered: new Map(),
    slots: new Map(),
    acknowledged: new Map(),
    completed: new Map(),
    jobs: new Map(),
  };
}

export const subtaskKey = (epoch: number, { jobId, vertex, subtask }: Omit<AttemptId, 'attempt'>): string =>
  `${epoch} ${jobId} ${vertex}/${subtask}`;

export const acknowledgementKey = (epoch: number, checkpointId: number, attempt: AttemptId): string =>
  `${subtaskKey(epoch, attempt)}#${attempt.attempt} ${checkpointId}`;

export function taskSeen({ subtasks }: ViewSeen, epoch: number, attempt: AttemptId): TaskSeen | undefined {
  return subtasks.get(subtaskKey(epoch, attempt))?.attempts.get(attempt.attempt);
}

export function jobSeen({ jobs }: ViewSeen, jobId: string): JobSeen {
  const known = jobs.get(jobId) ?? { stored: false, told: null, isRemoved: false, ends: new Set<EndStatus>() };
  jobs.set(jobId, known);
  return known;
}

// ---- What becomes durable

export function noteApplied(seen: ViewSeen, applied: Applied): void {
  const write = haWriteOf(applied);
  if (write === null) return;
  const { key, value } = write;
  if (key === LEADER_KEY && value !== null) noteLeader(seen, value);
  if (key.startsWith(JOB_PREFIX) && value !== null) noteStored(jobSeen(seen, key.slice(JOB_PREFIX.length)));
  if (key.startsWith(RESULT_PREFIX)) noteResult(jobSeen(seen, key.slice(RESULT_PREFIX.length)), value);
}

function noteStored(job: JobSeen): void {
  job.stored = true;
  job.isRemoved = false;
}

function noteLeader(seen: ViewSeen, value: Uint8Array): void {
  const leader = readLeader(value);
  if (!leader.ok) return;
  seen.leaderEpoch = leader.value.epoch;
  seen.leaders.set(leader.value.epoch, leader.value.address);
}

function noteResult(job: JobSeen, value: Uint8Array | null): void {
  const result = value === null ? null : readResult(value);
  if (result?.ok === true) job.ends.add(result.value.status);
  job.isRemoved = value === null;
  if (job.isRemoved) job.told = null; // nobody need know it
}

// ---- What is said and heard

/** What comes with a step is heard before what it sends is said. */
export function noteStepped(seen: ViewSeen, stepped: Stepped): void {
  const message = deliveredTo(stepped);
  if (message !== null) noteHeard(seen, message, stepped.input.now);
  for (const effect of stepped.effects) {
    const sent = sentBy(effect);
    if (sent !== null) noteSaid(seen, sent, stepped.input.now);
  }
}

function noteHeard(seen: ViewSeen, message: Message, now: number): void {
  switch (message.kind) {
    case 'task-state-changed':
      return noteHeardState(taskSeen(seen, message.body.epoch, message.body.attempt), message.body.state);
    case 'heartbeat-answer':
      return noteHeardAnswer(seen, message.from, message.body, now);
    case 'task-manager-stopped': {
      const key = `${message.body.epoch} ${message.from}`;
      if (seen.registered.get(key)?.incarnation === message.body.incarnation) seen.registered.delete(key);
      return;
    }
    case 'slot-freed': {
      const { epoch, incarnation, slotIndex } = message.body;
      const registered = seen.registered.get(`${epoch} ${message.from}`);
      if (registered?.incarnation === incarnation) registered.free.add(slotIndex);
      return;
    }
    case 'acknowledge-checkpoint': {
      const { epoch, checkpointId, attempt, handle } = message.body;
      seen.acknowledged.set(acknowledgementKey(epoch, checkpointId, attempt), handle.sizeBytes);
      return;
    }
    default:
  }
}

function noteHeardState(task: TaskSeen | undefined, state: ExecutionState): void {
  if (task === undefined) return;
  if (isTerminal(state)) task.heardOver = true;
  else task.heardLive = true;
}

/** Whatever it does not list it does not have. */
function noteHeardAnswer(
  seen: ViewSeen,
  from: Address,
  { epoch, incarnation, slots, tasks }: Bodies['heartbeat-answer'],
  now: number,
): void {
  const registered = seen.registered.get(`${epoch} ${from}`);
  if (registered?.incarnation !== incarnation) return;
  registered.heardAt = now;
  for (const { slotIndex, state } of slots) if (state === 'FREE') registered.free.add(slotIndex);
  for (const { attempts } of seen.subtasks.values())
    for (const task of attempts.values()) if (task.taskManager === from) task.heardLive = false;
  for (const { attempt, state } of tasks) noteHeardState(taskSeen(seen, epoch, attempt), state);
}

function noteSaid(seen: ViewSeen, message: Message, now: number): void {
  switch (message.kind) {
    case 'deploy-task':
      return noteDeployed(seen, message.to, message.body);
    case 'request-slot':
      seen.registered.get(`${message.body.epoch} ${message.to}`)?.free.delete(message.body.slotIndex);
      return;
    case 'task-state-changed':
      taskSeen(seen, message.body.epoch, message.body.attempt)?.said.add(message.body.state);
      return;
    case 'heartbeat-answer':
      for (const { attempt, state } of message.body.tasks) taskSeen(seen, message.body.epoch, attempt)?.said.add(state);
      return;
    case 'register-task-manager':
      seen.slots.set(`${message.from} ${message.body.incarnation}`, message.body.slots);
      return;
    case 'task-manager-registered':
      return noteRegistered(seen, message.to, message.body, now);
    case 'notify-checkpoint-complete': {
      const { epoch, attempt, checkpointId } = message.body;
      const key = `${epoch} ${attempt.jobId}`;
      seen.completed.set(key, Math.max(checkpointId, seen.completed.get(key) ?? 0));
      return;
    }
    case 'job-accepted':
      if (message.body.epoch === seen.leaderEpoch) jobSeen(seen, message.body.jobId).told ??= 'accepted';
      return;
    case 'job-status':
      return noteStatus(seen, message.body);
    default:
  }
}

/** Told again that it is registered it is what it was. */
function noteRegistered(
  { registered }: ViewSeen,
  taskManager: Address,
  { epoch, incarnation }: Bodies['task-manager-registered'],
  now: number,
): void {
  const key = `${epoch} ${taskManager}`;
  const known = registered.get(key);
  if (known?.incarnation === incarnation) known.heardAt = now;
  else registered.set(key, { incarnation, heardAt: now, free: new Set() });
}

/** Deployed again under the same attempt it is the same task. */
function noteDeployed(seen: ViewSeen, taskManager: Address, body: Bodies['deploy-task']): void {
  const { epoch, incarnation, slotIndex, task } = body;
  const { jobId, attempt } = task.attempt;
  const key = subtaskKey(epoch, task.attempt);
  const known = seen.subtasks.get(key) ?? { jobId, attempts: new Map<number, TaskSeen>(), latest: 0 };
  seen.subtasks.set(key, known);
  known.latest = Math.max(known.latest, attempt);
  if (known.attempts.has(attempt)) return;
  const said = new Set<ExecutionState>();
  known.attempts.set(attempt, { taskManager, incarnation, slotIndex, said, heardLive: false, heardOver: false });
}

function noteStatus(seen: ViewSeen, { epoch, jobId, status }: Bodies['job-status']): void {
  if (epoch !== seen.leaderEpoch || status === 'UNKNOWN' || !isGloballyTerminal(status)) return;
  const job = jobSeen(seen, jobId);
  if (job.ends.has(status) && !job.isRemoved) job.told = status;
}
