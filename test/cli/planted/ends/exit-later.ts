// A module that ends the process when it has been loaded.
import { doubles } from './doubles.ts';

queueMicrotask(function later() {
  process.exit(0);
});

export const scenario = doubles('exit-later');
