// How long each task was busy, idle or back-pressured: looked at from outside, at short distances, so that no step pays for it.
import type { AttemptId } from '../../core/protocol/ids.ts';
import type { TaskState } from '../../core/task/state.ts';
import { pressureOf, type Pressure } from '../../core/task/work.ts';

/** Between two looks. */
export const LOOK_MS = 20;

/** In ms; only grows. */
export type PressureTimes = Readonly<Record<Pressure, number>>;

const NEVER_SEEN: PressureTimes = { busy: 0, idle: 0, backpressured: 0 };

interface Seen {
  readonly times: Record<Pressure, number>;
  /** Number of the look that saw it last. */
  look: number;
}

/** The time between two looks counts as what the later one finds. */
export class PressureMeter {
  readonly #seen = new Map<string, Seen>();
  #lookedAt: number;
  #looks = 0;

  /** @param now on any monotonic clock, in ms */
  constructor(now: number) {
    this.#lookedAt = now;
  }

  look(tasks: readonly TaskState[], now: number): void {
    const passedMs = Math.max(0, now - this.#lookedAt);
    this.#lookedAt = now;
    this.#looks += 1;
    for (const task of tasks) if (task.status === 'RUNNING') this.#note(task, passedMs);
    if (this.#seen.size > tasks.length) this.#forgetGone();
  }

  #note(task: TaskState, passedMs: number): void {
    const key = keyOf(task.descriptor.attempt);
    const known = this.#seen.get(key);
    if (known === undefined) {
      this.#seen.set(key, { times: { ...NEVER_SEEN }, look: this.#looks }); // it may have begun only now
      return;
    }
    known.look = this.#looks;
    known.times[pressureOf(task)] += passedMs;
  }

  #forgetGone(): void {
    for (const [key, { look }] of this.#seen) if (look !== this.#looks) this.#seen.delete(key);
  }

  of(attempt: AttemptId): PressureTimes {
    return this.#seen.get(keyOf(attempt))?.times ?? NEVER_SEEN;
  }
}

function keyOf({ jobId, vertex, subtask, attempt }: AttemptId): string {
  return `${jobId}/${vertex}/${subtask}#${attempt}`;
}
