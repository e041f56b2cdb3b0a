// What every port does alike: it answers in one place, turns what goes wrong into `failed`, and says honestly whether the outcome is known.
import type { Failed } from '../core/base/vocabulary.ts';
import type { PortAnswer, PortRequest } from '../core/protocol/ports.ts';
import { codeOf } from './disk.ts';
import type { Port } from './port.ts';

type RequestOf<K extends PortRequest['kind']> = Extract<PortRequest, { readonly kind: K }>;

/** Thrown where a request may have been applied although an operation failed. */
class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}

/** A port for some kinds of requests. What `answer` throws becomes `failed`: not applied, unless it is an OutcomeUnknown. */
export function createPort<K extends PortRequest['kind']>(
  serves: readonly K[],
  answer: (request: RequestOf<K>) => Promise<PortAnswer | Failed>,
  close: () => Promise<void>,
): Port {
  let closed = false;
  return {
    serves,
    async request(request: PortRequest) {
      try {
        if (closed) return failed('not-applied', 'the port is closed');
        return await answer(request as RequestOf<K>);
      } catch (error) {
        return failed(error instanceof OutcomeUnknown ? 'unknown' : 'not-applied', describeError(error));
      }
    },
    async close() {
      closed = true;
      await close();
    },
  };
}

export function failed(outcome: Failed['outcome'], reason: string): Failed {
  return { kind: 'failed', outcome, reason };
}

export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system said no before it did anything. */
const REFUSALS: ReadonlySet<string> = new Set([
  'EACCES',
  'EDQUOT',
  'EEXIST',
  'EMFILE',
  'EMLINK',
  'ENAMETOOLONG',
  'ENFILE',
  'ENOENT',
  'ENOSPC',
  'ENOTDIR',
  'EPERM',
  'EROFS',
  'EXDEV',
]);

/** An operation that publishes: unless the system clearly refused it, its failure leaves the outcome open. */
export async function publishing<T>(operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    if (REFUSALS.has(codeOf(error))) throw error;
    throw new OutcomeUnknown(describeError(error), { cause: error });
  }
}

/** An operation behind the one that published: whatever it fails with, the outcome is open. */
export async function afterPublishing<T>(operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw new OutcomeUnknown(describeError(error), { cause: error });
  }
}
