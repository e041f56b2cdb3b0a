// One counter becomes two: each takes half of the key groups, and the first checkpoint behind that has two writers.
import { rescaleScenario } from './rescale.ts';

export const scenario = rescaleScenario('rescale-up', 1, 2);
