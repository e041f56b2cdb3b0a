// The state of a TaskManager: whom it follows, its slots, and its tasks. Each task is a state of its own (task-state.ts).
import { createRequests } from '../base/requests.ts';
import type { Requests } from '../base/requests.ts';
import { createCall, type Call } from '../base/retry.ts';
import { createTimers, timerNames } from '../base/timers.ts';
import type { Timers } from '../base/timers.ts';
import { createLeaderWatch } from '../leadership/leader-watch.ts';
import type { LeaderWatch, WatchPurpose } from '../leadership/leader-watch.ts';
import type { ProcessDeath } from '../protocol/ids.ts';
import type { AttemptId } from '../protocol/messages.ts';
import type { TaskReason } from '../protocol/reasons.ts';
import type { ExecutionState, SlotState, Transitions } from '../protocol/states.ts';
import type { TaskState } from '../task/state.ts';

/** `registered`: the leader knows this incarnation. Only then are there slots in use, or tasks. */
export type Registration = 'no-leader' | 'registering' | 'registered';

/** A TaskManager at its leader. */
export const registrationTransitions: Transitions<Registration> = {
  /** The leader key was not seen yet. */
  'no-leader': ['registering'],
  /** The registration is sent until it is answered. */
  registering: ['registered'],
  /** The leader knows it: slots are held and tasks run only now. */
  registered: ['registering'],
};

export interface Slot {
  readonly index: number;
  state: SlotState;
  jobId: string | null;
  allocationId: string | null;
  /** Heartbeats in a row that did not list this slot though it is ACTIVE. */
  unlisted: number;
}

/** What was last offered to the JobMaster of a job. */
export interface Offer {
  readonly jobId: string;
  readonly number: number;
  readonly slots: readonly { readonly slotIndex: number; readonly allocationId: string }[];
}

/** A task that is over: the leader may not know it yet. */
export interface TaskRecord {
  readonly attempt: AttemptId;
  readonly state: ExecutionState;
  readonly reason: TaskReason | null;
  /** Null: it never had a slot here. */
  readonly allocationId: string | null;
}

/** What a request of the TaskManager itself is for. Requests of tasks are theirs. */
export type ManagerPurpose = WatchPurpose | 'write-unreached';

/** Timers of the TaskManager itself. `leader-unreached`: no registration was answered for too long. `slot`, with its index: an ALLOCATED slot that is not used. */
export type ManagerTimer = 'register' | 'leader-silent' | 'leader-unreached' | 'offer' | `slot ${number}`;

/** What the TaskManager says through the HA service: the leader of which epoch it cannot reach. */
export interface Unreached {
  /** What its record is to say; 0: there is to be none. */
  wanted: number;
  /** What it says; 0: there is none; `UNSURE`: a write is of unknown outcome, or somebody else's is there. */
  stored: number;
  /** Of its key; 0: it is not there. */
  revision: number;
  /** What the write in flight says, if there is one. */
  writing: number;
  readonly call: Call;
}

export const UNSURE = -1;

function createUnreached(): Unreached {
  return { wanted: 0, stored: 0, revision: 0, writing: 0, call: createCall() };
}

/** The timer of a slot, by its index. */
export const slotTimer = timerNames('slot');

export interface TaskManagerState {
  incarnation: number;
  readonly timers: Timers<ManagerTimer>;
  readonly requests: Requests<ManagerPurpose>;
  readonly watch: LeaderWatch;
  registration: Registration;
  readonly unreached: Unreached;
  /** How code of a job ended the process before this one; null: it did not, or a leader has heard of it. */
  death: ProcessDeath | null;
  readonly slots: readonly Slot[];
  /** The newest offer to each job that has ALLOCATED slots here. */
  readonly offers: Offer[];
  lastOffer: number;
  /** Tasks that are not over. */
  readonly tasks: TaskState[];
  lastTaskNumber: number;
  /** Index of the task that works next, if it can. */
  turn: number;
  /** Tasks that are over, oldest first. */
  readonly records: TaskRecord[];
}

export function createTaskManagerState(slots: number): TaskManagerState {
  return {
    incarnation: 0,
    timers: createTimers(),
    requests: createRequests(),
    watch: createLeaderWatch(),
    registration: 'no-leader',
    unreached: createUnreached(),
    death: null,
    slots: Array.from({ length: slots }, (_, index) => createSlot(index)),
    offers: [],
    lastOffer: 0,
    tasks: [],
    lastTaskNumber: 0,
    turn: 0,
    records: [],
  };
}

function createSlot(index: number): Slot {
  return { index, state: 'FREE', jobId: null, allocationId: null, unlisted: 0 };
}

export function isSameAttempt(a: AttemptId, b: AttemptId): boolean {
  return a.attempt === b.attempt && isSameSubtask(a, b);
}

export function isSameSubtask(a: AttemptId, b: AttemptId): boolean {
  return a.subtask === b.subtask && a.vertex === b.vertex && a.jobId === b.jobId;
}
