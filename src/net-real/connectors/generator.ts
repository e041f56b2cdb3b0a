// `generator:`: whole numbers, from `from` on (default 0), `count` of them or without end. Split s of n has each nth of them, from the sth on.
import type { SplitPlace, SplitReader } from '../../core/graph/connectors.ts';
import { Refusal } from '../refusal.ts';
import { markOf, placeIn } from './split-mark.ts';
import { fieldlessMistake, wholeNumberMistake, type BuiltInSource } from './connector.ts';

export const generatorSource: BuiltInSource = {
  placeKind: 'nothing',
  isRepeatable: true,
  options: ['count', 'from'],
  mistakeIn: (_, options, _splits, schema) =>
    wholeNumberMistake(options, 'count') ?? wholeNumberMistake(options, 'from') ?? fieldlessMistake('numbers', schema),
  open: generatorReader,
};

function generatorReader({ options, split, splits }: SplitPlace): SplitReader {
  const from = Number(options.get('from') ?? 0);
  const count = options.has('count') ? Number(options.get('count')) : Number.POSITIVE_INFINITY;
  const length = Math.max(0, Math.ceil((count - split) / splits));
  return {
    async read({ position, mark, maxRecords }, out) {
      if (mark !== '') placeIn(mark, { split, splits });
      if (position > length)
        throw new Refusal(`generator: gives ${length} numbers to split ${split}, and number ${position} is asked for`);
      const until = Math.min(length, position + maxRecords);
      for (let at = position; at < until; at++) out.add(from + at * splits + split);
      return { end: until === length, mark: markOf({ split, splits }, '') };
    },
    close: async () => {},
  };
}
