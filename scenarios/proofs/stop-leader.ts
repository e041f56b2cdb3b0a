// Two JobManagers: one leads, and the other takes over. The client stops the job at one of four moments.
import { stopScenario } from './stop.ts';

export const scenario = stopScenario('stop-leader', false, { jobManagers: 2, stepMs: 160 });
