// Requests through a port that wait for their answer: ids with a description of what the answer is for.
import { NEVER } from './machine.ts';
import type { Shift } from './relative.ts';

export interface Requests<T> {
  nextId: number;
  readonly pending: Map<number, T>;
}

export function createRequests<T>(): Requests<T> {
  return { nextId: 1, pending: new Map() };
}

/** A new id for a request with this purpose. */
export function openRequest<T>(requests: Requests<T>, purpose: T): number {
  const id = requests.nextId;
  requests.nextId += 1;
  requests.pending.set(id, purpose);
  return id;
}

/** The purpose of an answered request, which is closed by this; null if nobody waits for it any more. */
export function closeRequest<T>(requests: Requests<T>, id: number): T | null {
  const purpose = requests.pending.get(id);
  if (purpose === undefined) return null;
  requests.pending.delete(id);
  return purpose;
}

/** Part of a purpose whose request counts as failed, with an unknown outcome, when it is unanswered by then, in ms on the node's clock. */
export interface Deadline {
  readonly deadlineAt: number;
}

/** Ids of requests that are unanswered for too long, in the order in which they were sent: that of their deadlines, as all have the same time. */
export function overdueRequests<T extends Deadline>({ pending }: Requests<T>, now: number): readonly number[] {
  const overdue: number[] = [];
  for (const [id, { deadlineAt }] of pending) {
    if (deadlineAt > now) break;
    overdue.push(id);
  }
  return overdue;
}

/** The deadline of the oldest request, in ms; NEVER: none is pending. */
export function nextDeadlineAt<T extends Deadline>({ pending }: Requests<T>): number {
  for (const { deadlineAt } of pending.values()) return deadlineAt;
  return NEVER;
}

/** @param shiftPurpose what a purpose is without what has passed. Default: it holds nothing that goes on */
export function shiftRequests<T>(
  requests: Requests<T>,
  by: Shift,
  shiftPurpose: (purpose: T) => T = (purpose) => purpose,
): void {
  const pending = [...requests.pending];
  requests.pending.clear();
  for (const [id, purpose] of pending) requests.pending.set(by.request(id), shiftPurpose(purpose));
  requests.nextId = by.request(requests.nextId);
}
