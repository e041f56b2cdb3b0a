// What the page draws: a run as plain data, made from its trace by build-model.ts. Times are microseconds; lanes, steps, messages and
// calls are named by their index in the lists here.
import type { ExecutionState, JobStatus } from '../../src/core/protocol/states.ts';
import type { Category, TraceEnding, TraceHeader } from '../../src/run/trace.ts';

export const NONE = -1;

/** The page shows and hides by it. */
export type { Category } from '../../src/run/trace.ts';

export interface Lane {
  readonly name: string;
  /** That of its machine; `service`, or `process` where the header does not know it. */
  readonly role: string;
}

export interface Step {
  readonly at: number;
  /** When its effects left. */
  readonly until: number;
  readonly lane: number;
  readonly incarnation: number;
  readonly event: number;
  readonly input: string;
  readonly effects: readonly string[];
  readonly category: Category;
  /** The message or the call whose arrival this step is, or NONE. */
  readonly message: number;
  readonly call: number;
}

/** `unseen`: it was sent, and the trace does not say what became of it. */
export type Fate = 'arrived' | 'altered' | 'lost' | 'unseen';

export interface Message {
  readonly from: number;
  readonly to: number;
  readonly text: string;
  /** What stands on its arrow. */
  readonly label: string;
  readonly category: Category;
  readonly sentAt: number;
  /** When it arrived or was lost; for `unseen` the end of the trace. */
  readonly endedAt: number;
  readonly fate: Fate;
  /** Why it was lost, or what arrived in its place; else empty. */
  readonly why: string;
  readonly sender: number;
  readonly receiver: number;
}

/** A request through a port: asked, applied, answered. */
export interface Call {
  readonly lane: number;
  readonly service: number;
  readonly text: string;
  /** What stands on its arrow. */
  readonly label: string;
  readonly answer: string;
  readonly category: Category;
  readonly sentAt: number;
  /** NONE: never, or the trace does not say. */
  readonly appliedAt: number;
  /** NONE: nobody was left to hear it. */
  readonly answeredAt: number;
  readonly failed: boolean;
  readonly sender: number;
  readonly receiver: number;
}

interface Period {
  readonly from: number;
  readonly to: number;
}

/** An incarnation of a process. */
export interface Life extends Period {
  readonly lane: number;
  readonly incarnation: number;
  /** Why it ended; empty: it lives on. */
  readonly why: string;
}

export interface Reign extends Period {
  readonly lane: number;
  readonly epoch: number;
  readonly why: string;
}

/** A process that was stopped, or one that could not reach another, or a service. */
export interface Outage extends Period {
  readonly lane: number;
  /** Whom it could not reach; NONE: it was stopped. */
  readonly other: number;
}

/** An attempt of a subtask on its TaskManager. */
export interface Task extends Period {
  readonly lane: number;
  /** Where it is drawn below its lane: tasks that run side by side have different rows. */
  readonly row: number;
  readonly name: string;
  readonly states: readonly { readonly at: number; readonly state: ExecutionState }[];
  readonly why: string;
}

/** How the job fared. */
export interface JobPeriod extends Period {
  readonly state: JobStatus;
  /** The one that was deployed, or NONE. */
  readonly attempt: number;
  readonly text: string;
}

export interface Checkpoint {
  readonly id: number;
  /** Of the leader that triggered it. */
  readonly lane: number;
  readonly triggeredAt: number;
  readonly endedAt: number;
  readonly outcome: 'completed' | 'aborted' | 'abandoned' | 'open';
  readonly why: string;
  /** When its trigger or its first barrier came to each TaskManager, by lane. */
  readonly reached: readonly { readonly lane: number; readonly at: number }[];
  readonly acks: readonly { readonly lane: number; readonly task: string; readonly at: number }[];
}

export interface Fault {
  readonly at: number;
  readonly fault: string;
  readonly text: string;
  /** Where it struck; one or two. */
  readonly lanes: readonly number[];
  readonly hit: boolean;
  /** The event in which it struck, as steps have it, or NONE. */
  readonly event: number;
  readonly decision: string;
}

/** A connection that broke, of one class. */
export interface Break {
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly streamClass: string;
}

/** A line of evidence with what it names in the trace. */
export interface Evidence {
  readonly text: string;
  /** Of the thing that was found; empty: nothing of it is in the trace. */
  readonly name: string;
  /** When it showed last; without a thing that of the violation. */
  readonly at: number;
  /** Steps in which it shows, the last ones. */
  readonly steps: readonly number[];
}

export interface ViolationNote {
  readonly oracle: string;
  readonly text: string;
  readonly at: number;
  readonly evidence: readonly Evidence[];
}

/** What was left out, so that the page stays small. */
export interface Omission {
  readonly steps: number;
  readonly messages: number;
  readonly calls: number;
  /** Details of the data plane are shown within these. */
  readonly kept: readonly Period[];
}

export interface RunModel {
  readonly header: TraceHeader;
  readonly ending: TraceEnding | null;
  readonly endAt: number;
  readonly faultsStoppedAt: number;
  readonly lanes: readonly Lane[];
  readonly steps: readonly Step[];
  readonly messages: readonly Message[];
  readonly calls: readonly Call[];
  readonly lives: readonly Life[];
  readonly reigns: readonly Reign[];
  readonly outages: readonly Outage[];
  readonly tasks: readonly Task[];
  readonly job: readonly JobPeriod[];
  readonly checkpoints: readonly Checkpoint[];
  readonly faults: readonly Fault[];
  readonly breaks: readonly Break[];
  readonly violations: readonly ViolationNote[];
  readonly omission: Omission | null;
}
