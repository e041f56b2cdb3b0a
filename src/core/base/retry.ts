// Doing something again until it is known to be done. How long to wait is a pure function (`backoffMs`); what waits is data in a state, in one of
// two forms: a `Call` of a machine that looks at all it wants in each step, or `Retries` of one that keeps what to ask again.
import { NEVER } from './machine.ts';
import type { Shift } from './relative.ts';

/** How long to wait before the next try, in ms. */
export interface Backoff {
  /** Behind the first failure. */
  readonly initialMs: number;
  /** Of the wait before, behind each further failure; 1: it stays the same. */
  readonly multiplier: number;
  readonly maxMs: number;
}

/** @param failures in a row so far, from 1 */
export function backoffMs({ initialMs, multiplier, maxMs }: Backoff, failures: number): number {
  let ms = initialMs;
  if (multiplier > 1) for (let behind = 1; behind < failures && ms < maxMs; behind++) ms *= multiplier; // a power may differ between engines
  return Math.min(maxMs, ms);
}

// ---- A call: one thing that is wanted

/** Something that must be done through a port, again and again until it is known to be done. */
export interface Call {
  /** Id of the request in flight; 0: none is. */
  request: number;
  /** Not to be sent before, in ms on the node's clock; 0: at any time. */
  retryAt: number;
}

export function createCall(): Call {
  return { request: 0, retryAt: 0 };
}

/** When a call that is wanted can be sent, in ms, which may have passed; NEVER while its request is in flight. */
export function callDueAt(call: Call): number {
  return call.request === 0 ? call.retryAt : NEVER;
}

/** Closes a call by its answer; false if the answer is to an older try of it. */
export function closeCall(call: Call, answered: { readonly request: number }): boolean {
  if (call.request !== answered.request) return false;
  call.request = 0;
  call.retryAt = 0;
  return true;
}

export function shiftCall(call: Call, by: Shift): void {
  call.request = by.request(call.request);
  call.retryAt = by.deadline(call.retryAt);
}

// ---- Retries: whatever failed

/** What is asked again later. A purpose is here or among the requests that are pending, never in both. */
export interface Retries<T> {
  readonly waiting: Retry<T>[];
  /** The earliest of them, or NEVER; kept so that `wakeAt` costs nothing. */
  nextAt: number;
}

interface Retry<T> {
  /** In ms on the node's clock. */
  readonly at: number;
  readonly purpose: T;
}

export function createRetries<T>(): Retries<T> {
  return { waiting: [], nextAt: NEVER };
}

/** @param at in ms on the node's clock */
export function retryLater<T>(retries: Retries<T>, purpose: T, at: number): void {
  retries.waiting.push({ at, purpose });
  retries.nextAt = Math.min(retries.nextAt, at);
}

/** Takes out what is due, in the order in which it came. */
export function takeDueRetries<T>(retries: Retries<T>, now: number): readonly T[] {
  if (retries.nextAt > now) return [];
  const due: T[] = [];
  const waiting = retries.waiting.splice(0);
  retries.nextAt = NEVER;
  for (const { at, purpose } of waiting) {
    if (at <= now) due.push(purpose);
    else retryLater(retries, purpose, at);
  }
  return due;
}

/** @param retries of purposes that hold nothing which goes on */
export function shiftRetries<T>(retries: Retries<T>, by: Shift): void {
  const waiting = retries.waiting.splice(0);
  for (const { at, purpose } of waiting) retries.waiting.push({ at: by.moment(at), purpose });
  retries.nextAt = by.moment(retries.nextAt);
}
