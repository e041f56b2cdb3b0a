// One JobManager, and a TaskManager more than the job needs.
import { recoveryScenario } from './recovery.ts';

export const scenario = recoveryScenario(
  'recovery-spare',
  'A short job with a spare TaskManager is struck at any moment.',
  1,
  { taskManagers: 3 },
);
