// TaskManagers die at work and come back at the same address: sooner than anybody noticed, or long after. Words of theirs come late, and
// stores leave open what became of a write, so that a restart finds things undecided. Windows feed windows: two exchanges, one behind the other.
// Records cost so much that windows fire while snapshots are still being taken.
import { defineJob, defineScenario, mix, SECOND_MS, tumblingEventTime } from 'millrace/scenario';
import { quickOptions, quickSim } from './quick-cluster.ts';

const SPLITS = 2;
const VISITS = 70;
const pages = ['/', '/wheel', '/weir', '/flour', '/stones'];

type Visit = {
  readonly page: string;
  readonly at: number;
};

export const scenario = defineScenario({
  name: 'tm-crash',
  about: 'Counts visits in windows of a second, by page and then in all, while TaskManagers die and come back.',
  cluster: { jobManagers: 1, taskManagers: 3, slotsPerTaskManager: 1 },
  job: defineJob(
    'page-visits',
    (env) =>
      env
        .fromSource<Visit>('visits', {
          topic: 'visits',
          splits: SPLITS,
          recordsPerSecond: 60,
          timestamp: (visit) => visit.at,
          outOfOrdernessMs: 200,
        })
        .filter('pages', (visit) => visit.page !== '/')
        .keyBy((visit) => visit.page)
        .window('by-second', tumblingEventTime(SECOND_MS))
        .aggregate({
          create: () => 0,
          add: (count) => count + 1,
          result: (count, { key, window }) => ({ page: key, second: window.start / SECOND_MS, count }),
        })
        .keyBy(({ second }) => second)
        .window('busiest', tumblingEventTime(SECOND_MS))
        .aggregate({
          create: () => ({ pages: 0, visits: 0, most: 0 }),
          add: ({ pages, visits, most }, { count }) => ({
            pages: pages + 1,
            visits: visits + count,
            most: Math.max(most, count),
          }),
          result: ({ pages, visits, most }, { key }) => ({ second: key, pages, visits, most }),
        })
        .sinkTo('visits-by-second', { sink: 'visits-by-second' }),
    { parallelism: 2 },
  ),
  input: ({ pick, times }) => ({
    visits: { splits: Array.from({ length: SPLITS }, (_, split) => visitsOf(pick(`visits-${split}`, 1_024), times)) },
  }),
  options: quickOptions,
  sim: { ...quickSim, recordCostUs: 2_000, slowestFactor: 8 },
  draw: { timersPerStep: [1, 4], snapshotKeyGroupsPerStep: [1, 4] },
  faults: { 'tm-crash': 2, 'message-delay': 1, 'store-unknown': 1.5 },
  reference: true,
  real: { strike: 'tm-crash', times: 5 },
});

/** Fifty ms apart, each displaced by less than the bound of the job. */
function visitsOf(salt: number, times: number): Visit[] {
  return Array.from({ length: times * VISITS }, (_, index) => ({
    page: pages[(index + mix(salt, 2 * index, pages.length)) % pages.length] as string,
    at: 1_000 + index * 50 - mix(salt, 2 * index + 1, 150),
  }));
}
