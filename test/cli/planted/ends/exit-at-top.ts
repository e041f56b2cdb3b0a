// A module that ends the process while it is loaded.
import { doubles } from './doubles.ts';

export const scenario = doubles('exit-at-top');

process.exit(0);
