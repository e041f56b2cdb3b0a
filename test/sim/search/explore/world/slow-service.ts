// A service that answers later than at once: after as long as it is told.
import type { Service } from '../../../../../src/sim/service.ts';

export type SlowRequest = { readonly kind: 'slow'; readonly ms: number };
export type SlowAnswer = { readonly kind: 'slow-done'; readonly ms: number };

export function slowService(): Service<null, SlowRequest> {
  return {
    name: 'slow',
    serves: ['slow'],
    create: () => null,
    apply: (_, { ms }, caller) => [{ caller, answer: { kind: 'slow-done', ms }, afterUs: 1_000 * ms }],
    forget: () => {},
    sizeOf: () => 0,
    writes: () => false,
  };
}
