// What a thread makes of what it sees of the main thread, look by look: whether a call of a job does not return, and who makes the memory grow. Pure, but
// for its state.
import { OPERATOR, RECORD, STEP, TASK } from '../../core/base/at-work.ts';
import type { ProcessEnd } from '../../core/base/process-ended.ts';
import type { ProcessDeath } from '../../core/protocol/ids.ts';
import type { AttemptId } from '../../core/protocol/messages.ts';

/** A task of the TaskManager, as far as a note tells of it. */
export interface WatchedTask {
  readonly number: number;
  readonly epoch: number;
  readonly attempt: AttemptId;
  /** Ids of the operators of its chain, in order. */
  readonly operators: readonly string[];
}

/** `cells` as in `at-work.ts`; `signs` rises while the main thread takes turns; of all memory of the process so much is in use. */
export interface Seen {
  readonly cells: Readonly<Int32Array>;
  readonly signs: number;
  readonly usedBytes: number;
}

export interface WatchLimits {
  /** Looks without any move, behind which the process is ended. */
  readonly looksMax: number;
  /** Of the heap of the main thread. */
  readonly heapBytes: number;
}

export interface Watch {
  readonly limits: WatchLimits;
  tasks: readonly WatchedTask[];
  /** What was seen last: signs, step, record. */
  last: readonly number[];
  /** Looks since then. */
  still: number;
  usedBytes: number;
  /** By number of a task: what was added to the memory while it was at work. */
  readonly grown: Map<number, number>;
  /** By number: the operator that ran then, from 1. */
  readonly operators: Map<number, number>;
}

export type Verdict =
  | { readonly kind: 'fine' }
  /** Should the process die of its heap, it is this. */
  | { readonly kind: 'suspect'; readonly death: ProcessDeath }
  /** `death` null: nobody knows whose code it is. */
  | { readonly kind: 'end'; readonly death: ProcessDeath | null };

/** Share of the heap in use from which a death of it is near. */
const NEARLY_FULL = 0.7;

export function createWatch(limits: WatchLimits): Watch {
  return { limits, tasks: [], last: [], still: 0, usedBytes: 0, grown: new Map(), operators: new Map() };
}

export function setTasks(watch: Watch, tasks: readonly WatchedTask[]): void {
  watch.tasks = tasks;
  for (const number of watch.grown.keys())
    if (!tasks.some((task) => task.number === number)) watch.grown.delete(number);
}

export function look(watch: Watch, seen: Seen): Verdict {
  const { cells, signs, usedBytes } = seen;
  noteGrowth(watch, seen);
  const now = [signs, cells[STEP] as number, cells[RECORD] as number];
  watch.still = now.every((value, index) => value === watch.last[index]) ? watch.still + 1 : 0;
  watch.last = now;
  const isFull = usedBytes > NEARLY_FULL * watch.limits.heapBytes;
  if (watch.still >= watch.limits.looksMax) return { kind: 'end', death: blame(watch, seen, isFull) };
  if (!isFull) return { kind: 'fine' };
  const death = blameGrowth(watch);
  return death === null ? { kind: 'fine' } : { kind: 'suspect', death };
}

function noteGrowth(watch: Watch, { cells, usedBytes }: Seen): void {
  const more = usedBytes - watch.usedBytes;
  const number = cells[TASK] as number;
  watch.usedBytes = usedBytes;
  if (more <= 0 || number === 0) return;
  watch.grown.set(number, (watch.grown.get(number) ?? 0) + more);
  watch.operators.set(number, cells[OPERATOR] as number);
}

/** Of a call that does not return, the task at work; of what was left behind, the only job here, if it is the only one. */
function blame(watch: Watch, { cells }: Seen, isFull: boolean): ProcessDeath | null {
  const how = isFull ? 'heap-exhausted' : 'looped';
  const atWork = watch.tasks.find(({ number }) => number === cells[TASK]);
  if (atWork !== undefined)
    return deathOf(atWork, how, { operator: cells[OPERATOR] as number, record: cells[RECORD] as number });
  const [only, ...others] = watch.tasks;
  if (only === undefined || others.some(({ attempt }) => attempt.jobId !== only.attempt.jobId)) return null;
  return deathOf(only, how, { operator: 0, record: 0 });
}

function blameGrowth({ tasks, grown, operators }: Watch): ProcessDeath | null {
  const most = Math.max(0, ...grown.values());
  const task = tasks.find(({ number }) => most > 0 && grown.get(number) === most);
  if (task === undefined) return null;
  return deathOf(task, 'heap-exhausted', { operator: operators.get(task.number) ?? 0, record: 0 });
}

/** `operator` and `record` from 1; 0: it is not known. */
function deathOf(
  { epoch, attempt, operators }: WatchedTask,
  how: ProcessEnd,
  { operator, record }: { readonly operator: number; readonly record: number },
): ProcessDeath {
  return { epoch, attempt, operator: operators[operator - 1] ?? null, record: record > 0 ? record : null, how };
}
