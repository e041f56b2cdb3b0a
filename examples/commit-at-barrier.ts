// A job with a bug that no test of its functions can find: its sink commits each transaction at the checkpoint's barrier, before
// anybody knows whether that checkpoint will complete. The simulator finds the crash that shows it:
//   npm run sim -- --scenario examples/commit-at-barrier.ts --seeds 1..50
import { defineJob, defineScenario } from 'millrace/scenario';

type Payment = { readonly account: string; readonly cents: number };

const payments = (split: number): Payment[] =>
  Array.from({ length: 100 }, (_, index) => ({ account: `${split}-${index % 10}`, cents: index }));

export const scenario = defineScenario({
  name: 'commit-at-barrier',
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
