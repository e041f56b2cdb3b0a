// One checkpoint on two TaskManagers, between which records are exchanged by key.
import { checkpointScenario } from './checkpoint.ts';

export const scenario = checkpointScenario('checkpoint-2', 2);
