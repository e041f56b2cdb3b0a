// Data that is frozen where user code gets or gives it, so that code which changes it in place throws where it does so. In a deployment it would corrupt
// what a snapshot, a batch or another operator shares with it, and nobody would see when.

/**
 * Freezes what a function is given. It is frozen already, but for what was read from a snapshot: what is frozen at the top is so all the way down.
 * As `deepFreeze` does, but without a memory: most of what comes by is small, new, and seen few times.
 */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  freezeParts(value);
  return value;
}

/** Freezes what a function made: its author may have frozen the top of it. */
export function frozenDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (!Object.isFrozen(value)) Object.freeze(value);
  if (isData(value)) freezeParts(value);
  return value;
}

/** What is no data is refused elsewhere, and may be the world: its parts are let be. */
function isData(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function freezeParts(value: object): void {
  if (Array.isArray(value)) for (const item of value) frozenDeep(item);
  else for (const name in value) frozenDeep((value as Readonly<Record<string, unknown>>)[name]);
}
