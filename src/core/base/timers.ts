// Timers as data: names with deadlines inside a state. There is no handle to cancel late and no callback to race with.
import { NEVER } from './machine.ts';
import type { Shift } from './relative.ts';

export interface Timers {
  /** Deadlines in ms on the node's clock, by name. */
  readonly deadlines: Map<string, number>;
  /** The earliest of them, or NEVER; kept so that `wakeAt` costs nothing. */
  nextAt: number;
}

/**
 * Gives the names of timers of one kind, `prefix` and subject. Each is made once: invariants ask for them after every step.
 *
 * @returns the name of the timer of a subject
 */
export function timerNames(prefix: string): (subject: string | number) => string {
  // millrace-lint-ignore closure-state: a memo of a pure function, the same whenever it is filled
  const names = new Map<string | number, string>();
  return (subject) => {
    let name = names.get(subject);
    if (name === undefined) {
      name = `${prefix}${subject}`;
      if (names.size < NAMES_MAX) names.set(subject, name);
    }
    return name;
  };
}

const NAMES_MAX = 10_000;

export function createTimers(): Timers {
  return { deadlines: new Map(), nextAt: NEVER };
}

/** Sets or moves a timer. */
export function setTimer(timers: Timers, name: string, deadlineAt: number): void {
  const before = timers.deadlines.get(name);
  timers.deadlines.set(name, deadlineAt);
  if (deadlineAt <= timers.nextAt) timers.nextAt = deadlineAt;
  else if (before === timers.nextAt) timers.nextAt = earliest(timers);
}

export function cancelTimer(timers: Timers, name: string): void {
  const before = timers.deadlines.get(name);
  if (before === undefined) return;
  timers.deadlines.delete(name);
  if (before === timers.nextAt) timers.nextAt = earliest(timers);
}

export function hasTimer(timers: Timers, name: string): boolean {
  return timers.deadlines.has(name);
}

/** Takes the earliest due timer (ties by name) out and returns its name, or null if none is due. */
export function takeDueTimer(timers: Timers, now: number): string | null {
  if (timers.nextAt > now) return null;
  let due: string | null = null;
  for (const [name, at] of timers.deadlines) {
    if (at === timers.nextAt && (due === null || name < due)) due = name;
  }
  if (due !== null) cancelTimer(timers, due);
  return due;
}

export function shiftTimers(timers: Timers, by: Shift): void {
  for (const [name, at] of timers.deadlines) timers.deadlines.set(name, by.moment(at));
  timers.nextAt = by.moment(timers.nextAt);
}

function earliest(timers: Timers): number {
  let next = NEVER;
  for (const at of timers.deadlines.values()) if (at < next) next = at;
  return next;
}
