// Two counters become one, which takes all key groups and what the writer that is gone has prepared.
import { rescaleScenario } from './rescale.ts';

export const scenario = rescaleScenario('rescale-down', 2, 1);
