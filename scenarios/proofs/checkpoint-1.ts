// One checkpoint on one TaskManager.
import { checkpointScenario } from './checkpoint.ts';

export const scenario = checkpointScenario('checkpoint-1', 1);
