// A function of `mapAsync` that does not answer holds up all that is behind it, and is no error as long as it has no timeout. That it is waited for is told, with
// operator, record and time: else whoever looks at a job that stands still has to guess.
import type { CallsState } from '../../core/operators/calls.ts';
import { oldestCall } from '../../core/operators/calls.ts';
import { showRecord } from '../../core/operators/user-code-error.ts';
import type { TaskState } from '../../core/task/state.ts';
import type { ProcessLog } from '../../net-real/log/process-log.ts';

/** Answers of services take less. */
const LONG_MS = 30_000;
/** Each line of a task comes after twice the time of the one before it, and after this at the latest. */
const PAUSE_MAX_MS = 300_000;
const LOOK_MS = 1_000;

/**
 * Warns of calls that wait for long. The function that it gives ends that.
 *
 * @param tasks of the process
 */
export function tellLongCalls(tasks: () => readonly TaskState[], log: Pick<ProcessLog, 'say'>): () => void {
  const calls = new LongCalls();
  const looks = setInterval(() => {
    for (const sentence of calls.look(tasks(), performance.now())) log.say('job-code', sentence, 'warn');
  }, LOOK_MS).unref();
  return () => clearInterval(looks);
}

/** What is to be told, look by look. */
export class LongCalls {
  /** By number of a task: since when its oldest call waits, and after how long the next line is due. */
  readonly #told = new Map<number, { readonly askedAt: number; readonly nextMs: number }>();

  /** @param now on the clock of the node, in ms */
  look(tasks: readonly TaskState[], now: number): readonly string[] {
    const there = new Set(tasks.map(({ number }) => number));
    for (const number of this.#told.keys()) if (!there.has(number)) this.#told.delete(number);
    return tasks.flatMap((task) => this.#lookAt(task, now));
  }

  #lookAt(task: TaskState, now: number): readonly string[] {
    const { calls } = task.chain;
    const oldest = calls === undefined || task.status !== 'RUNNING' ? null : oldestCall(calls);
    if (calls === undefined || oldest === null) return [];
    const { askedAt, record } = oldest;
    const told = this.#told.get(task.number);
    const nextMs = told?.askedAt === askedAt ? told.nextMs : LONG_MS;
    const waitedMs = now - askedAt;
    if (waitedMs < nextMs) return [];
    this.#told.set(task.number, { askedAt, nextMs: waitedMs + Math.min(waitedMs, PAUSE_MAX_MS) });
    return [sentenceOf(task, calls, `${Math.round(waitedMs / 1_000)} s, for ${showRecord(record.given)}`)];
  }
}

function sentenceOf({ descriptor: { attempt } }: TaskState, { operator, asked, capacity }: CallsState, oldest: string) {
  const { jobId, subtask } = attempt;
  return `job ${jobId}: mapAsync "${operator}", subtask ${subtask}, waits for ${asked.size} of ${capacity} calls, the oldest for ${oldest}`;
}
