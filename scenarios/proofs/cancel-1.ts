// One TaskManager.
import { cancelScenario } from './cancel.ts';

export const scenario = cancelScenario('cancel-1', 1);
