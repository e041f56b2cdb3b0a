import { defineJob } from 'millrace';

/* !suppression */ // millrace-lint-ignore module-state: nothing of the job reads it
export const cache = new Map<number, number>();

export const job = defineJob('suppression', (env) =>
  env
    .fromSource<number>('in', { topic: 'in', splits: 1 })
    .map('reason', (value) => {
      /* !suppression */ // millrace-lint-ignore clock
      return value + Date.now(); // !clock
    })
    .map('other', (value) => {
      /* !suppression */ // millrace-lint-ignore chance: it is a clock
      return value + Date.now(); // !clock
    })
    /* !suppression */ // millrace-lint-ignore clock: there is none
    .map('unused', (value) => value + 1)
    /* !suppression */ // millrace-lint-ignore klock: there is no such rule
    .map('unknown', (value) => value + 1)
    .sinkTo('out', { sink: 'out' }),
);
