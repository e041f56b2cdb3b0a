// A module that the threads of a sweep never load.
import { isMainThread } from 'node:worker_threads';
import { doubles } from './doubles.ts';

if (!isMainThread) await new Promise(() => {});

export const scenario = doubles('awaits-in-thread');
