// No window fires by the stop.
import { stopScenario } from './stop.ts';

export const scenario = stopScenario('stop-1', false);
