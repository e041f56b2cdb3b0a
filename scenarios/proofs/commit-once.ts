// Two-phase commit with three participants, one transaction.
import { twoPhaseCommit } from '../../examples/two-phase-commit/scenario.ts';

export const scenario = twoPhaseCommit('commit-once', false, 1);
