// A job without a fault. Each file beside this one does something else besides: outside of any call, where no guard looks.
import { defineJob, defineScenario } from 'millrace/scenario';
import type { Scenario } from 'millrace/scenario';

export function doubles(name: string, double: (n: number) => number = (n) => 2 * n): Scenario {
  return defineScenario({
    name,
    about: 'Doubles numbers.',
    cluster: { jobManagers: 1, taskManagers: 1, slotsPerTaskManager: 1 },
    job: defineJob('doubles', (env) =>
      env
        .fromSource<number>('numbers', { topic: 'numbers', splits: 1, recordsPerSecond: 100 })
        .map('double', double)
        .sinkTo('out', { sink: 'out' }),
    ),
    input: () => ({ numbers: { splits: [[1, 2, 3]] } }),
    faults: {},
    reference: true,
  });
}
