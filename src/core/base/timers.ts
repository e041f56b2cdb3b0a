// Timers as data: names with deadlines inside a state. There is no handle to cancel late and no callback to race with. The names of a machine are
// a closed union, and its dispatch ends in `unreachable`: a timer without a handler compiles neither where it is set nor where it fires.
import { NEVER } from './machine.ts';
import type { Shift } from './relative.ts';

/**
 * @typeParam N the names: a kind (`'renew'`), or a kind, a space and a subject (`` `heartbeat ${string}` ``). Default: any
 */
export interface Timers<N extends string = string> {
  /** Deadlines in ms on the node's clock, by name. */
  readonly deadlines: Map<N, number>;
  /** The earliest of them, or NEVER; kept so that `wakeAt` costs nothing. */
  nextAt: number;
}

/** A name in its two parts. */
export type SplitTimer<N extends string> = N extends `${infer K} ${string}`
  ? { readonly kind: K; readonly subject: string }
  : { readonly kind: N; readonly subject: '' };

/** The kind of a timer, and what it is about: all behind the first space, of which a subject may hold more. */
export function splitTimer<N extends string>(name: N): SplitTimer<N> {
  const space = name.indexOf(' ');
  const parts =
    space < 0 ? { kind: name, subject: '' } : { kind: name.slice(0, space), subject: name.slice(space + 1) };
  return parts as SplitTimer<N>;
}

/**
 * Gives the names of timers of one kind. Each is made once: invariants ask for them after every step.
 *
 * @param kind without a space
 * @returns the name of the timer of a subject
 */
export function timerNames<K extends string>(kind: K): <S extends string | number>(subject: S) => `${K} ${S}` {
  // millrace-lint-ignore closure-state: a memo of a pure function, the same whenever it is filled
  const names = new Map<string | number, string>();
  return <S extends string | number>(subject: S) => {
    let name = names.get(subject);
    if (name === undefined) {
      name = `${kind} ${subject}`;
      if (names.size < NAMES_MAX) names.set(subject, name);
    }
    return name as `${K} ${S}`;
  };
}

const NAMES_MAX = 10_000;

export function createTimers<N extends string = string>(): Timers<N> {
  return { deadlines: new Map(), nextAt: NEVER };
}

/** Sets or moves a timer. */
export function setTimer<N extends string>(timers: Timers<N>, name: NoInfer<N>, deadlineAt: number): void {
  const before = timers.deadlines.get(name);
  timers.deadlines.set(name, deadlineAt);
  if (deadlineAt <= timers.nextAt) timers.nextAt = deadlineAt;
  else if (before === timers.nextAt) timers.nextAt = earliest(timers);
}

export function cancelTimer<N extends string>(timers: Timers<N>, name: NoInfer<N>): void {
  const before = timers.deadlines.get(name);
  if (before === undefined) return;
  timers.deadlines.delete(name);
  if (before === timers.nextAt) timers.nextAt = earliest(timers);
}

export function hasTimer<N extends string>(timers: Timers<N>, name: NoInfer<N>): boolean {
  return timers.deadlines.has(name);
}

/** Takes the earliest due timer (ties by name) out and returns its name, or null if none is due. */
export function takeDueTimer<N extends string>(timers: Timers<N>, now: number): N | null {
  if (timers.nextAt > now) return null;
  let due: N | null = null;
  for (const [name, at] of timers.deadlines) {
    if (at === timers.nextAt && (due === null || name < due)) due = name;
  }
  if (due !== null) cancelTimer(timers, due);
  return due;
}

export function shiftTimers<N extends string>(timers: Timers<N>, by: Shift): void {
  for (const [name, at] of timers.deadlines) timers.deadlines.set(name, by.moment(at));
  timers.nextAt = by.moment(timers.nextAt);
}

function earliest<N extends string>(timers: Timers<N>): number {
  let next = NEVER;
  for (const at of timers.deadlines.values()) if (at < next) next = at;
  return next;
}
