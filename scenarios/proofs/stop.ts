// A short job with windows that a client stops with a savepoint at any moment, from its submission until it is over. All that happens in it happens at
// whole steps of time, so that a wish may come between any two things that happen at once.
import { defineJob, defineScenario, tumblingEventTime } from 'millrace/scenario';
import { recoveryScenario } from './recovery.ts';

type Reading = {
  readonly gauge: string;
  readonly at: number;
};

const WINDOW_MS = 100;
/** The second one ends the window of the first, and is in one that only the end of the input ends. */
const READINGS: readonly Reading[] = [50, 150].map((at) => ({ gauge: 'weir', at }));
const RECORDS_PER_SECOND = 10;

/** By then the JobManager leads. */
const SUBMITTED_AT_MS = 1_000;
const STEP_MS = 10;
/** The job takes less, in a world in which nothing takes time but waiting. */
const LONGEST_MS = 630;

/**
 * @param drain all its windows fire
 * @param stepMs between two moments at which it may be stopped
 */
export function stopScenario(name: string, drain: boolean, { jobManagers = 1, stepMs = STEP_MS } = {}) {
  const about = `A short job is stopped with a savepoint at any moment${drain ? ', and drained' : ''}.`;
  const { job: _, ...base } = recoveryScenario(name, about, jobManagers);
  return defineScenario({
    ...base,
    cluster: { ...base.cluster, taskManagers: 1 },
    input: () => ({ gauges: { splits: [READINGS] } }),
    jobs: [
      {
        job: windowsOf(name),
        submitAtMs: SUBMITTED_AT_MS,
        stopAtMs: { from: SUBMITTED_AT_MS, to: SUBMITTED_AT_MS + LONGEST_MS - (LONGEST_MS % stepMs), stepMs },
        drain,
      },
    ],
  });
}

function windowsOf(name: string) {
  return defineJob(name, (env) =>
    env
      .fromSource<Reading>('gauges', {
        topic: 'gauges',
        splits: 1,
        recordsPerSecond: RECORDS_PER_SECOND,
        timestamp: ({ at }) => at,
      })
      .keyBy(({ gauge }) => gauge)
      .window('by-window', tumblingEventTime(WINDOW_MS))
      .aggregate({
        create: () => 0,
        add: (count) => count + 1,
        result: (count, { key, window }) => ({ gauge: key, start: window.start, count }),
      })
      .sinkTo('counts', { sink: 'counts' }),
  );
}
