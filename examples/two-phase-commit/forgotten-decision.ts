// A coordinator that tells its decision before it is on record: it dies in between, comes back, finds nothing, and aborts what was committed.
import { twoPhaseCommit } from './scenario.ts';

export const scenario = twoPhaseCommit('forgotten-decision', true);
