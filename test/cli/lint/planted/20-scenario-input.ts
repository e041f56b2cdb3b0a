// A scenario whose input is another one each time, and whose check sorts what it is shown.
import { defineJob, defineScenario } from 'millrace/scenario';

const noise = (): number => Math.random() - 0.5; // !chance

function shuffled<T>(items: readonly T[]): T[] {
  return items.toSorted(noise);
}

export const scenario = defineScenario({
  name: 'shuffled',
  about: 'Reads numbers in any order.',
  cluster: { jobManagers: 1, taskManagers: 1, slotsPerTaskManager: 1 },
  job: defineJob('numbers', (env) =>
    env.fromSource<number>('in', { topic: 'in', splits: 1 }).sinkTo('out', { sink: 'out' }),
  ),
  input: () => ({ in: { splits: [shuffled([1, 2, 3])] } }),
  faults: {},
  reference: false,
  check: (_, committed) => ((committed as number[]).sort((a, b) => a - b)[0] === 1 ? null : 'the first is missing'), // !mutation
});
