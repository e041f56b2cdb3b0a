// Functions of a process in an object that is put together, with helpers beside them.
import { defineJob, type ProcessFunctions } from 'millrace';

type Hit = { readonly page: string; readonly at: number };
type Count = { readonly page: string; readonly hits: number };

const base: Pick<ProcessFunctions<Hit, string, Count>, 'onTimer'> = {
  onTimer: (_, context) => context.collect({ page: context.key, hits: context.state<number>('hits').value() ?? 0 }),
};

const hits: ProcessFunctions<Hit, string, Count> = {
  ...base,
  onRecord({ at }, context) {
    const state = context.state<number>('hits');
    state.update((state.value() ?? 0) + 1);
    context.registerEventTimeTimer(this === undefined ? at : at + 1);
  },
};

export const job = defineJob('hits', (env) =>
  env
    .fromSource<Hit>('hits', { topic: 'hits', splits: 1, timestamp: ({ at }) => at })
    .keyBy(({ page }) => page)
    .process<Count>('count', hits)
    .sinkTo('counts', { sink: 'counts' }),
);
