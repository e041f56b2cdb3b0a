// The lock service with a register that does not look at tokens: a holder that was paused writes after its lease, and an addition is lost.
import { lockService } from './scenario.ts';

export const scenario = lockService('no-fencing', false);
