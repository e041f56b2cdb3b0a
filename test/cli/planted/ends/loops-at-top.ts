// A module that does not come back.
import { doubles } from './doubles.ts';

while (process.uptime() > 0);

export const scenario = doubles('loops-at-top');
