// A scenario whose input follows from decisions, and whose check copies before it sorts.
import { defineJob, defineScenario, mix } from 'millrace/scenario';

const valuesOf = (salt: number, times: number): number[] => {
  const values: number[] = [];
  for (let index = 0; index < 10 * times; index++) values.push(mix(salt, index, 100));
  return values;
};

export const scenario = defineScenario({
  name: 'numbers',
  about: 'Reads numbers.',
  cluster: { jobManagers: 1, taskManagers: 1, slotsPerTaskManager: 1 },
  job: defineJob('numbers', (env) => {
    env.fromSource<number>('in', { topic: 'in', splits: 1 }).sinkTo('out', { sink: 'out' });
  }),
  input: ({ pick, times }) => ({ in: { splits: [valuesOf(pick('in', 64), times)] } }),
  faults: {},
  reference: false,
  check: (input, committed) => {
    const expected = [...(input['in']?.splits.flat() ?? [])].map(Number).sort((a, b) => a - b);
    const found = committed.map(Number).sort((a, b) => a - b);
    return JSON.stringify(expected) === JSON.stringify(found) ? null : 'other numbers';
  },
  sortBy: (value) => String(value).padStart(3, '0'),
});
