// The counter that counts a repeated addition again, under a name of its own: the tape of what is found is named after it.
import { countingScenario } from '../machines/counting.ts';

export const scenario = countingScenario('adds-twice-shared', { addsTwice: true });
