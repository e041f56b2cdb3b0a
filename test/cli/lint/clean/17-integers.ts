// Hashes and fixed-point sums with exact operations.
import { defineJob } from 'millrace';

const SCALE = 10 ** 4;
const MASK = 2n ** 32n - 1n;

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const unit of text) hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash;
}

export const job = defineJob('hashes', (env) =>
  env
    .fromSource<string>('in', { topic: 'in', splits: 1 })
    .map('hash', (text) => ({
      hash: hashOf(text),
      big: String(BigInt(text.length) & MASK),
      root: Math.floor(Math.sqrt(text.length) * SCALE),
    }))
    .sinkTo('out', { sink: 'out' }),
);
