// The same in the threads of a sweep alone.
import { isMainThread } from 'node:worker_threads';
import { doubles } from './doubles.ts';

if (!isMainThread) void Promise.reject(new Error('nobody waits'));

export const scenario = doubles('rejects-in-thread');
