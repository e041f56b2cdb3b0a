// A module that ends the thread of a sweep.
import { isMainThread } from 'node:worker_threads';
import { doubles } from './doubles.ts';

if (!isMainThread) setImmediate(() => process.exit(0));

export const scenario = doubles('exit-in-thread');
