// See broken-machine.ts.
import { sinnerScenario } from './broken-machine.ts';

export const scenario = sinnerScenario('unknown-request');
