// A job with event time that is short enough to be struck at any moment: each split moves the watermark over the end of a window, one split ends long
// before the other.
import { defineJob, defineScenario, tumblingEventTime } from 'millrace/scenario';
import { scenario as recovery } from './recovery-1.ts';

type Reading = {
  readonly gauge: string;
  readonly at: number;
};

const WINDOW_MS = 100;
const readings = (...times: readonly number[]): readonly Reading[] => times.map((at) => ({ gauge: 'weir', at }));

export const scenario = defineScenario({
  name: 'windows',
  about: 'A short job counts readings in windows, and is struck at any moment.',
  cluster: recovery.cluster,
  job: defineJob('windows', (env) =>
    env
      .fromSource<Reading>('gauges', {
        topic: 'gauges',
        splits: 2,
        recordsPerSecond: 4,
        parallelism: 2,
        timestamp: ({ at }) => at,
      })
      .keyBy(({ gauge }) => gauge)
      .window('by-window', tumblingEventTime(WINDOW_MS))
      .aggregate(
        {
          create: () => 0,
          add: (count) => count + 1,
          result: (count, { key, window }) => ({ gauge: key, start: window.start, count }),
        },
        { parallelism: 2 },
      )
      .sinkTo('counts', { sink: 'counts', parallelism: 2 }),
  ),
  input: () => ({ gauges: { splits: [readings(50), readings(60, 150, 250)] } }),
  options: recovery.options ?? {},
  faults: recovery.faults,
  reference: true,
  sortBy: (value) => JSON.stringify(value),
});
