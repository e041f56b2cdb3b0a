// A generator yields one object again and again, and changes it in between.
import { defineJob } from 'millrace';

type Line = { readonly words: readonly string[] };

function* countsOf({ words }: Line): Generator<{ word: string; count: number }> {
  const entry = { word: '', count: 1 };
  for (const word of words) {
    entry.word = word; // !mutation
    yield entry;
  }
}

export const job = defineJob('words', (env) =>
  env
    .fromSource<Line>('lines', { topic: 'lines', splits: 1 })
    .flatMap('split', countsOf)
    .sinkTo('out', { sink: 'out' }),
);
