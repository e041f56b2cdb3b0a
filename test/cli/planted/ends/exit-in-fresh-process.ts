// A module that ends the process that a seed is repeated in.
import { doubles } from './doubles.ts';

if (process.send !== undefined) process.exit(0);

export const scenario = doubles('exit-in-fresh-process');
