// A job that prints.
import { doubles } from './doubles.ts';

console.log('loaded');

export const scenario = doubles('prints', (n) => {
  console.log('doubling', n);
  process.stdout.write(`${n}\n`);
  return 2 * n;
});
