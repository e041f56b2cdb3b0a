// What is the same for all runs of one process, and another in the next: read when the module was loaded.
import { plantedScenario } from './planted-job.ts';

const { pid } = process;

export const scenario = plantedScenario('process-id', () => pid);
