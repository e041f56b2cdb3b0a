// What every port does alike: it answers in one place, turns what goes wrong into `failed`, and says honestly whether the outcome is known.
import { dirname } from 'node:path';
import type { PortAnswer, PortFailed, PortRequest } from '../core/protocol/ports.ts';
import type { PortReason } from '../core/protocol/reasons.ts';
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
  answer: (request: RequestOf<K>, id?: number) => Promise<PortAnswer | PortFailed>,
  close: () => Promise<void>,
): Port {
  let closed = false;
  return {
    serves,
    request: (request: PortRequest, id?: number) =>
      answered(() =>
        closed ? Promise.resolve(failed('not-applied', { kind: 'port-closed' })) : answer(request as RequestOf<K>, id),
      ),
    async close() {
      closed = true;
      await close();
    },
  };
}

/** What a port answers, of any vocabulary. What `work` throws becomes `failed`: not applied, unless it is an OutcomeUnknown. */
export async function answered<A>(work: () => Promise<A>): Promise<A | PortFailed> {
  try {
    return await work();
  } catch (error) {
    return failed(error instanceof OutcomeUnknown ? 'unknown' : 'not-applied', ioReason(error));
  }
}

export function failed(outcome: PortFailed['outcome'], reason: PortReason): PortFailed {
  return { kind: 'failed', outcome, reason };
}

/** What the operating system, or the format of a file, stood in the way of. */
export function ioReason(error: unknown): PortReason {
  return { kind: 'io', code: systemCodeOf(error), text: describeError(error) };
}

/** The system's code, wherever in the chain of causes it stands. */
function systemCodeOf(error: unknown): string | null {
  const code = codeOf(error);
  if (code !== '') return code;
  return error instanceof Error && error.cause !== undefined ? systemCodeOf(error.cause) : null;
}

export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return LACKS.has(codeOf(error)) ? describeLack(error) : error.message;
}

/** The system has no more of something: no file is to blame, and the same lack reads the same whatever file was being written. */
const LACKS: ReadonlySet<string> = new Set(['EDQUOT', 'EMFILE', 'ENFILE', 'ENOSPC', 'EROFS']);

/** `ENOSPC: no space left on device, in /var/millrace/storage`; without the folder where the system names no file. */
function describeLack({ message, path }: NodeJS.ErrnoException): string {
  const [what = message] = message.split(', ');
  return path === undefined ? what : `${what}, in ${dirname(path)}`;
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
