// A field of a record that is filled from a clock that was read when the module was loaded, and goes on from there.
import { plantedScenario } from './planted-job.ts';

let at = performance.timeOrigin + performance.now();

export const scenario = plantedScenario('wall-clock', () => (at += 1));
