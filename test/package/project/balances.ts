// A scenario of a user, in a folder that knows Millrace from its package alone.
import { defineJob, defineScenario } from 'millrace/scenario';

type Payment = { readonly account: string; readonly cents: number };

const payments = (split: number, times: number): Payment[] =>
  Array.from({ length: 60 * times }, (_, index) => ({ account: `${split}-${index % 10}`, cents: index }));

export const scenario = defineScenario({
  name: 'balances',
  about: 'Adds up payments by account while TaskManagers die.',
  cluster: { jobManagers: 1, taskManagers: 2, slotsPerTaskManager: 1 },
  job: defineJob(
    'balances',
    (env) =>
      env
        .fromSource<Payment>('payments', { topic: 'payments', splits: 2, recordsPerSecond: 40 })
        .keyBy(({ account }) => account)
        .reduce('balance', (sum, { account, cents }) => ({ account, cents: sum.cents + cents }))
        .sinkTo('ledger', { sink: 'ledger' }),
    { parallelism: 2 },
  ),
  input: ({ times }) => ({ payments: { splits: [payments(0, times), payments(1, times)] } }),
  options: { checkpointIntervalMs: 300 },
  faults: { 'tm-crash': 1, 'message-delay': 1 },
  reference: true,
  real: { strike: 'tm-crash', times: 3, options: { checkpointIntervalMs: 500 } },
});
