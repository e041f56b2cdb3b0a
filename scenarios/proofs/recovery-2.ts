// Two JobManagers: one leads, and the other takes over.
import { recoveryScenario } from './recovery.ts';

export const scenario = recoveryScenario('recovery-2', 'A short job with two JobManagers is struck at any moment.', 2);
