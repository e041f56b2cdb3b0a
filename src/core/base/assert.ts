// Assertions. A failed one is a bug in Millrace (or in a machine that a user hosts), never bad input: bad input is a value.

/** Thrown by assertions, so that a host can tell a bug from anything else. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Throws unless `condition` holds. Give a thunk where the message must be built. */
export function assert(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) throw failed(typeof message === 'string' ? message : message(), assert);
}

/** The value, which must be there. */
export function must<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw failed(`missing: ${what}`, must);
  return value;
}

/** Ends a switch over a union: a new kind fails to compile here. */
export function unreachable(value: never): never {
  throw failed(`unreachable: ${JSON.stringify(value)}`, unreachable);
}

/** The stack begins where the assertion stands: by its first frame two bugs are told apart. */
function failed(message: string, assertion: unknown): AssertionError {
  const error = new AssertionError(message);
  engine.captureStackTrace?.(error, assertion);
  return error;
}

/** V8 has it, and by now other engines as well. */
const engine = Error as { readonly captureStackTrace?: (error: Error, above: unknown) => void };
