// What the reason of a failed answer says, for expectations.
import { expect } from 'vitest';
import { describeReason } from '../../src/core/protocol/describe-reason.ts';
import type { PortReason } from '../../src/core/protocol/reasons.ts';

/** Matches a reason whose text holds these words. */
export function saying(words: string): unknown {
  return expect.toSatisfy((reason: PortReason) => describeReason(reason).includes(words), `says "${words}"`);
}
