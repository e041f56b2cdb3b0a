// Two JobManagers: one leads, and the other takes over. The client cancels the job at one of four moments.
import { cancelScenario } from './cancel.ts';

export const scenario = cancelScenario('cancel-leader', 1, { jobManagers: 2, stepMs: 160 });
