// About how many bytes a request moves: enough to make large ones slower than small ones.

const SCALAR_BYTES = 8;

/** A guess: text and bytes by their length, anything else by its parts. */
export function aboutBytes(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (value instanceof Uint8Array) return value.length;
  if (typeof value !== 'object' || value === null) return SCALAR_BYTES;
  let bytes = 0;
  for (const part of Object.values(value)) bytes += aboutBytes(part);
  return bytes;
}
