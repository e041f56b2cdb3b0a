// One JobManager.
import { recoveryScenario } from './recovery.ts';

export const scenario = recoveryScenario('recovery-1', 'A short job with one JobManager is struck at any moment.', 1);
