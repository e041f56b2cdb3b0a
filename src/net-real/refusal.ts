// What the same request would meet again: a file that is not the one that was read, a line that is no record, a record that a format cannot say. It fails the
// task that asked, so that the restart strategy of its job decides; anything else that is thrown is asked again.
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly isRefusal = true;
}

/** Known by a field: connectors of users are bundled with classes of their own, and may throw any error that has it. */
export function isRefusal(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { isRefusal: isOne, cause } = error as { readonly isRefusal?: unknown; readonly cause?: unknown };
  return isOne === true || (cause !== error && isRefusal(cause));
}
