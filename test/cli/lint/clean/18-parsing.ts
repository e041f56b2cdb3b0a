// Text in, values out: patterns, JSON, typed arrays.
import { defineJob } from 'millrace';

const pattern = /(?<key>\w+)=(?<value>\w*)/g;

type Pair = { readonly key: string; readonly value: string };

function pairsOf(line: string): readonly Pair[] {
  return [...line.matchAll(pattern)].map(({ groups }) => ({
    key: groups?.['key'] ?? '',
    value: groups?.['value'] ?? '',
  }));
}

function checksumOf(text: string): number {
  const bytes = new TextEncoder().encode(text);
  bytes.sort();
  return bytes.reduce((sum, byte) => (sum + byte) % 256, 0);
}

export const job = defineJob('pairs', (env) =>
  env
    .fromSource<string>('lines', { topic: 'lines', splits: 1 })
    .flatMap('pairs', pairsOf)
    .map('json', (pair) => ({
      text: JSON.stringify(pair),
      copy: JSON.parse(JSON.stringify(pair)) as Pair,
      sum: checksumOf(pair.key),
    }))
    .sinkTo('out', { sink: 'out' }),
);
