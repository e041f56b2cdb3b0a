// A generic memo around a pure function: its map is filled by whichever records came.
import { defineJob } from 'millrace';

function memoized<K, V>(make: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = make(key);
    known.set(key, made); // !closure-state
    return made;
  };
}

const parse = memoized((line: string) => line.split(','));

export const job = defineJob('lines', (env) =>
  env
    .fromSource<string>('lines', { topic: 'lines', splits: 1 })
    .map('parse', (line) => parse(line).length)
    .sinkTo('lengths', { sink: 'lengths' }),
);
