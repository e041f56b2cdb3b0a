// Comparing encoded records: codecs are canonical, so equal records have equal bytes.

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
