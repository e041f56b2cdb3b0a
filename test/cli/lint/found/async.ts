import { defineJob, defineScenario } from 'millrace/scenario';

const soon = async (value: number): Promise<number> => value; // !async

export const scenario = defineScenario({
  name: 'async',
  about: 'Waits.',
  cluster: { jobManagers: 1, taskManagers: 1, slotsPerTaskManager: 1 },
  job: defineJob('async', (env) =>
    env
      .fromSource<number>('in', { topic: 'in', splits: 1 })
      .keyBy((value) => value)
      .process<number>('late', {
        onRecord(value, context) {
          void soon(value).then((one) => context.collect(one)); // !async
          void Promise.resolve(value); // !async
        },
      })
      .sinkTo('out', { sink: 'out' }),
  ),
  input: () => ({ in: { splits: [[1]] } }),
  faults: {},
  reference: true,
});
