// A job whose user code does, once in a while, what no user code may do, and what no guard sees. Each file beside this one plants another sin in it.
import { defineJob, defineScenario } from 'millrace/scenario';
import type { Scenario, ValueState } from 'millrace/scenario';

/** Called for two records, after a while, of which no call is made twice; what it returns goes into the record that is emitted. */
export type Sin = (noise: ValueState<number>) => number;

/** How often the sin was committed in this process. */
export const committed = { sins: 0 };

const RECORDS = 40;
const FIRST_SIN = 20;

export function plantedScenario(name: string, sin: Sin): Scenario {
  return defineScenario({
    name,
    about: 'A job that is not repeatable.',
    cluster: { jobManagers: 1, taskManagers: 1, slotsPerTaskManager: 1 },
    job: defineJob('planted', (env) =>
      env
        .fromSource<number>('numbers', { topic: 'numbers', splits: 1, recordsPerSecond: 100 })
        .keyBy((number) => number % 7)
        .process<{ readonly number: number; readonly extra: number }>('sinner', {
          onRecord: (number, context) => {
            const isTime = number >= FIRST_SIN && number % 14 === 7;
            if (isTime) committed.sins += 1;
            context.collect({ number, extra: isTime ? sin(context.state('noise')) : 0 });
          },
        })
        .sinkTo('out', { sink: 'out' }),
    ),
    input: () => ({ numbers: { splits: [Array.from({ length: RECORDS }, (_, number) => number)] } }),
    faults: {},
    reference: false,
    check: () => null,
  });
}
