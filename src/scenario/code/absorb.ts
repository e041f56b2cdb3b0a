// Promises that user code gave where it must give none.
import { isPromise } from '../../core/operators/answers.ts';

/** A promise that nobody waits for: what becomes of it must not end the process. Its function was refused for it. */
async function absorb(promise: PromiseLike<unknown>): Promise<void> {
  try {
    await promise;
  } catch {
    // told already: the function gave a promise
  }
}

/** Whether something is a promise, of which nobody will hear again. */
export function absorbPromise(answer: unknown): boolean {
  if (!isPromise(answer)) return false;
  void absorb(answer);
  return true;
}
