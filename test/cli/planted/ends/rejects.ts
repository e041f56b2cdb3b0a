// A module that leaves a rejected promise behind.
import { doubles } from './doubles.ts';

void Promise.reject(new Error('nobody waits'));

export const scenario = doubles('rejects');
