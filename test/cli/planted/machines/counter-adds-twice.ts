// A counter that counts a repeated addition again.
import { countingScenario } from './counting.ts';

export const scenario = countingScenario('counter-adds-twice', { addsTwice: true });
