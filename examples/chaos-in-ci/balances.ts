// The first bug: the sink commits its transaction at the checkpoint's barrier, before anybody knows whether that checkpoint completes.
import { defineJob, defineScenario } from 'millrace/scenario';

type Payment = { readonly account: string; readonly cents: number };

const payments = (split: number): Payment[] =>
  Array.from({ length: 100 }, (_, index) => ({ account: `${split}-${index % 10}`, cents: index }));

export const scenario = defineScenario({
  name: 'balances',
  about: 'Adds up payments by account, and commits too early.',
  cluster: { jobManagers: 1, taskManagers: 3, slotsPerTaskManager: 1 },
  job: defineJob('balances', (env) =>
    env
      .fromSource<Payment>('payments', { topic: 'payments', splits: 2, recordsPerSecond: 40, parallelism: 2 })
      .keyBy(({ account }) => account)
      .reduce('balance', (sum, { account, cents }) => ({ account, cents: sum.cents + cents }), { parallelism: 2 })
      .sinkTo('ledger', { sink: 'ledger', parallelism: 2, commitOn: 'barrier' }),
  ),
  input: () => ({ payments: { splits: [payments(0), payments(1)] } }),
  options: { checkpointIntervalMs: 500 },
  faults: { 'tm-crash': 1 },
  reference: true,
});
