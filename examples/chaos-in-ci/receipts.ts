// The second bug: the operator that numbers receipts keeps its count in a variable of the module. A restart does not take it back.
import { defineJob, defineScenario } from 'millrace/scenario';

type Sale = { readonly till: number; readonly cents: number };

let lastNumber = 0;

const sales = (till: number): Sale[] => Array.from({ length: 60 }, (_, index) => ({ till, cents: 100 + index }));

export const scenario = defineScenario({
  name: 'receipts',
  about: 'Numbers the sales of a till, with a count that no checkpoint knows.',
  cluster: { jobManagers: 1, taskManagers: 2, slotsPerTaskManager: 1 },
  job: defineJob('receipts', (env) =>
    env
      .fromSource<Sale>('sales', { topic: 'sales', splits: 1, recordsPerSecond: 40 })
      .map('number', (sale) => ({ ...sale, receipt: (lastNumber += 1) }))
      .sinkTo('receipts', { sink: 'receipts' }),
  ),
  input: () => ({ sales: { splits: [sales(0)] } }),
  options: { checkpointIntervalMs: 500 },
  faults: { 'tm-crash': 1 },
  reference: true,
});
