// Event-time timers, and a variable that is called setTimeout.
import { defineJob } from 'millrace';

type Beat = { readonly machine: string; readonly at: number };

export const job = defineJob('silence', (env) =>
  env
    .fromSource<Beat>('beats', { topic: 'beats', splits: 1, timestamp: ({ at }) => at })
    .keyBy(({ machine }) => machine)
    .process<string>('silence', {
      onRecord({ at }, context) {
        const last = context.state<number>('last');
        const setTimeout = last.value();
        if (setTimeout !== null) context.deleteEventTimeTimer(setTimeout + 100);
        last.update(at);
        context.registerEventTimeTimer(at + 100);
      },
      onTimer(at, context) {
        context.collect(`${context.key} ${at}`);
        context.state('last').clear();
      },
    })
    .sinkTo('out', { sink: 'out' }),
);
