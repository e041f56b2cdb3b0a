// The same, with a register that does not look at tokens.
import { lockService } from '../../examples/lock-service/scenario.ts';

export const scenario = lockService('lock-turns-unfenced', false, 2, 1);
