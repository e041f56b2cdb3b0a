// Whose call it is that code runs behind: timers, callbacks and promises that a function of `mapAsync` left keep the call in which they were made
// (`AsyncLocalStorage`). What one of them throws has no other name.
import { AsyncLocalStorage } from 'node:async_hooks';

export interface CallAtHand {
  readonly operator: string;
  /** The call comes to this. @returns false: it is over already */
  fail(thrown: unknown, where: string): boolean;
}

const storage = new AsyncLocalStorage<CallAtHand>();

export function inCall<T>(call: CallAtHand, work: () => T): T {
  return storage.run(call, work);
}

/** Null: what runs belongs to no call. */
export function callAtHand(): CallAtHand | null {
  return storage.getStore() ?? null;
}
