// Numbers that look like chance but follow from their arguments: one decision of the run (the salt) makes a whole input.

/**
 * An integer in [0, n) for the `index`-th thing of a kind: it looks like chance, and follows from its arguments. Salt 0 is the plain one, where all
 * are 0.
 * @param salt from `pick` of the scenario's `input`
 * @example
 * ```ts
 * input: ({ pick }) => {
 *   const salt = pick('amounts', 1_024);
 *   const payment = (index: number): Payment => ({ account: 'a', cents: mix(salt, index, 1_000), at: index });
 *   return { payments: { splits: [Array.from({ length: 20 }, (_, index) => payment(index))] } };
 * },
 * ```
 */
export function mix(salt: number, index: number, n: number): number {
  if (salt === 0) return 0;
  let bits = (Math.imul(salt, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d) >>> 0;
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b) >>> 0;
  return ((bits ^ (bits >>> 16)) >>> 0) % n;
}
