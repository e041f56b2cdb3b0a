// A shift for tests of states that go on for ever.
import type { Shift } from '../../../src/core/base/relative.ts';

/** Takes `ms` off moments, and nothing off counters. */
export function takenOff(ms: number): Shift {
  return {
    moment: (at) => (at > 0 ? at - ms : at),
    deadline: (at) => Math.max(0, at - ms),
    worldDeadline: (us) => us,
    request: (id) => id,
    counter: (_owner, _name, value) => value,
  };
}
