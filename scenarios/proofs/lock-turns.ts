// The lock service with two clients, one turn each.
import { lockService } from '../../examples/lock-service/scenario.ts';

export const scenario = lockService('lock-turns', true, 2, 1);
