// The same in the order of the records, whatever came first: behind the service they are numbered as they come.
import { defineJob, defineScenario } from 'millrace/scenario';
import { lengthOf, scenario as base, TIMEOUT_MS, words } from './lookups.ts';

export const scenario = defineScenario({
  ...base,
  name: 'lookups-in-order',
  about: 'Words are looked up, and numbered in their order, while a process dies.',
  job: defineJob(
    'lookups-in-order',
    (env) =>
      words(env)
        .mapAsync('lengths', lengthOf, { capacity: 2, timeoutMs: TIMEOUT_MS })
        .keyBy(() => 'all')
        .process<{ word: string; number: number }>('number', {
          onRecord({ word }, context) {
            const state = context.state<number>('count');
            const number = (state.value() ?? 0) + 1;
            state.update(number);
            context.collect({ word, number });
          },
        })
        .sinkTo('found', { sink: 'found' }),
    { parallelism: 1 },
  ),
});
