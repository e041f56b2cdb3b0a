// A field of a record that is filled from the wall clock.
import { plantedScenario } from './planted-job.ts';

export const scenario = plantedScenario('wall-clock', () => performance.timeOrigin + performance.now());
