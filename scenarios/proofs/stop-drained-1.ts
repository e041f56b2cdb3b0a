// All windows fire.
import { stopScenario } from './stop.ts';

export const scenario = stopScenario('stop-drained-1', true);
