// Collects from a timer of the language, through a helper that debounces.
import { defineJob, type ProcessContext } from 'millrace';

type Key = { readonly key: string };

function debounce(run: () => void, ms: number): void {
  setTimeout(run, ms); // !timers
}

export const job = defineJob('debounced', (env) =>
  env
    .fromSource<Key>('keys', { topic: 'keys', splits: 1 })
    .keyBy(({ key }) => key)
    .process<string>('debounce', {
      onRecord: ({ key }, context: ProcessContext<string, string>) => debounce(() => context.collect(key), 50),
    })
    .sinkTo('out', { sink: 'out' }),
);
