// A scenario that is checked where it is written, and not first where it is run.
import { mistakesOf } from './mistakes.ts';
import type { Scenario } from './scenario.ts';

/**
 * A scenario, checked. Throws one Error that lists every mistake.
 * @example
 * ```ts
 * import { defineJob, defineScenario } from 'millrace/scenario';
 *
 * type Payment = { readonly account: string; readonly cents: number };
 *
 * const payments = (split: number): Payment[] =>
 *   Array.from({ length: 40 }, (_, index) => ({ account: `${split}-${index % 5}`, cents: index }));
 *
 * export const scenario = defineScenario({
 *   name: 'balances',
 *   about: 'Adds up payments by account while TaskManagers die.',
 *   cluster: { jobManagers: 1, taskManagers: 2, slotsPerTaskManager: 1 },
 *   job: defineJob(
 *     'balances',
 *     (env) =>
 *       env
 *         .fromSource<Payment>('payments', { topic: 'payments', splits: 2, recordsPerSecond: 40 })
 *         .keyBy(({ account }) => account)
 *         .reduce('balance', (sum, { account, cents }) => ({ account, cents: sum.cents + cents }))
 *         .sinkTo('ledger', { sink: 'ledger' }),
 *     { parallelism: 2 },
 *   ),
 *   input: () => ({ payments: { splits: [payments(0), payments(1)] } }),
 *   faults: { 'tm-crash': 1 },
 *   reference: true,
 * });
 * ```
 */
export function defineScenario(scenario: Scenario): Scenario {
  const mistakes = mistakesOf(scenario);
  if (mistakes.length > 0) {
    const lines = mistakes.map((mistake) => `- ${mistake}`).join('\n');
    throw new Error(`scenario "${String((scenario as Scenario | undefined)?.name)}" cannot run:\n${lines}`);
  }
  return scenario;
}
