// Follows a savepoint, or a stop with one, until it is known where the savepoint lies, or why there is none.
import type { Operation } from './answers.ts';
import { ask, Refused } from './api.ts';
import { keepLine } from './told.ts';

const ASK_MS = 1_000;
/** Times that one is asked for whose JobManager is gone before it could say how it ended, as `millrace savepoint` does. */
const BEGINS_MAX = 4;

export interface Followed {
  /** Of its status. */
  readonly path: string;
  /** While it goes on. */
  readonly going: string;
  /** Before the location. */
  readonly done: string;
  /** Before the reason. */
  readonly failed: string;
  /** Asks for it again, under the same id. */
  readonly again: () => Promise<unknown>;
}

export async function follow({ path, going, done, failed, again }: Followed): Promise<void> {
  const line = keepLine();
  line.tell(going);
  for (let begun = 1; !line.isClosed(); await new Promise((wake) => setTimeout(wake, ASK_MS))) {
    try {
      const { status, operation } = await ask<Operation>(path);
      if (status.id !== 'COMPLETED') continue;
      const failure = operation?.['failure-cause']?.['stack-trace'];
      if (failure === undefined) return line.tell(done, operation?.location ?? '');
      return line.fail(`${failed} ${failure}`);
    } catch (problem) {
      if (!(problem instanceof Refused) || problem.status !== 404) continue; // who does not answer now may do so later
      if (begun === BEGINS_MAX) return line.fail(`${failed} ${problem.message}`);
      begun += 1;
      const refusal = await again().then(
        () => null,
        (error: unknown) => error,
      );
      if (refusal instanceof Refused && refusal.status < 500) return line.fail(`${failed} ${refusal.message}`);
    }
  }
}
