// A module whose timer throws.
import { doubles } from './doubles.ts';

setImmediate(() => {
  throw new RangeError('too late');
});

export const scenario = doubles('throws-later');
