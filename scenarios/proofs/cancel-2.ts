// Two TaskManagers.
import { cancelScenario } from './cancel.ts';

export const scenario = cancelScenario('cancel-2', 2);
