// What is the same for all runs of one process, and another in the next.
import { plantedScenario } from './planted-job.ts';

export const scenario = plantedScenario('process-id', () => process.pid);
