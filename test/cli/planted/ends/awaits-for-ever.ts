// A module that is never loaded.
import { doubles } from './doubles.ts';

await new Promise(() => {});

export const scenario = doubles('awaits-for-ever');
