// A generator with a counter of its own, and new objects each time.
import { defineJob } from 'millrace';

type Line = { readonly words: readonly string[] };

function* numbered({ words }: Line): Generator<{ readonly word: string; readonly at: number }> {
  let at = 0;
  for (const word of words) {
    const entry = { word, at: 0 };
    entry.at = at++;
    yield entry;
  }
}

export const job = defineJob('numbered', (env) =>
  env
    .fromSource<Line>('lines', { topic: 'lines', splits: 1 })
    .flatMap('number', numbered)
    .sinkTo('out', { sink: 'out' }),
);
