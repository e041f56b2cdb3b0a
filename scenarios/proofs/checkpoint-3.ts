// One checkpoint on three TaskManagers, between which records are exchanged by key.
import { checkpointScenario } from './checkpoint.ts';

export const scenario = checkpointScenario('checkpoint-3', 3);
