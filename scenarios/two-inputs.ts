// Two sources of different speed meet in one operator, so that barriers arrive far apart and alignment must hold up the faster one. The fast
// one is at its end long before the slow one is, so that checkpoints and restores find inputs of which some have ended; so is one of the two splits
// that one of its subtasks reads. Records cost so much that snapshots are still being taken while timers fire.
import { defineJob, defineScenario, mix, SECOND_MS } from 'millrace/scenario';
import { quickOptions, quickSim } from './quick-cluster.ts';

const READINGS_OF_FAST = [60, 60, 20]; // of its splits: the first subtask has two, one much shorter than the other
const READINGS_OF_SLOW = 15;
const FAST_MS = 10;
const SLOW_MS = 80;
const SILENCE_MS = 100;

type Reading = {
  readonly sensor: string;
  readonly at: number;
  readonly level: number;
};

/** No reading came for a while after `silentSince`; there were so many up to then. */
type Silence = {
  readonly sensor: string;
  readonly silentSince: number;
  readonly readings: number;
};

export const scenario = defineScenario({
  name: 'two-inputs',
  about: 'Watches water levels from a fast and a slow source, and reports sensors that fell silent.',
  cluster: { jobManagers: 1, taskManagers: 2, slotsPerTaskManager: 1 },
  job: defineJob('water-levels', (env) => {
    const fast = env.fromSource<Reading>('fast', {
      topic: 'fast',
      splits: READINGS_OF_FAST.length,
      recordsPerSecond: 80,
      parallelism: 2,
      timestamp: ({ at }) => at,
      outOfOrdernessMs: 30,
    });
    const slow = env.fromSource<Reading>('slow', {
      topic: 'slow',
      splits: 1,
      recordsPerSecond: 12,
      timestamp: ({ at }) => at,
      outOfOrdernessMs: 30,
    });
    fast
      .union(slow)
      .keyBy(({ sensor }) => sensor)
      .process<Silence>(
        'silence',
        {
          onRecord({ at }, context) {
            const waiting = context.state<readonly number[]>('waiting');
            const times = waiting.value() ?? [];
            waiting.update([...times, at]);
            // A reading soon after another one tells that this one is not followed by silence.
            for (const time of times) if (isSoonAfter(at, time)) context.deleteEventTimeTimer(time + SILENCE_MS);
            if (!times.some((time) => isSoonAfter(time, at))) context.registerEventTimeTimer(at + SILENCE_MS);
          },
          // All readings up to the timer are here, in whatever order they came: the answer depends on their times alone.
          onTimer(timestamp, context) {
            const waiting = context.state<readonly number[]>('waiting');
            const readings = context.state<number>('readings');
            const times = waiting.value() ?? [];
            const later = times.filter((at) => at > timestamp - SILENCE_MS);
            readings.update((readings.value() ?? 0) + times.length - later.length);
            if (later.length > 0) waiting.update(later);
            else waiting.clear();
            if (later.some((at) => at <= timestamp)) return;
            context.collect({
              sensor: context.key,
              silentSince: timestamp - SILENCE_MS,
              readings: readings.value() ?? 0,
            });
          },
        },
        { parallelism: 2 },
      )
      .sinkTo('silent', { sink: 'silent', parallelism: 2 });
  }),
  input: ({ pick, times }) => ({
    fast: {
      splits: READINGS_OF_FAST.map((count, split) =>
        readings(`fast-${split}`, times * count, FAST_MS, pick(`fast-${split}`, 1_024)),
      ),
    },
    slow: { splits: [readings('slow', times * READINGS_OF_SLOW, SLOW_MS, pick('slow', 1_024))] },
  }),
  options: quickOptions,
  sim: { ...quickSim, recordCostUs: 1_000, slowestFactor: 8 },
  draw: {
    creditsPerChannel: [1, 4],
    batchSizeRecords: [1, 16],
    timersPerStep: [1, 8],
    snapshotKeyGroupsPerStep: [1, 4],
  },
  faults: { 'barrier-loss': 1, 'message-delay': 1, 'tm-crash': 0.3 },
  reference: true,
  real: { times: 5 },
});

function isSoonAfter(later: number, earlier: number): boolean {
  return later > earlier && later <= earlier + SILENCE_MS;
}

/** Sensors of one source fall silent at different times; readings are displaced by less than the bound of the job. */
function readings(source: string, count: number, everyMs: number, salt: number): Reading[] {
  return Array.from({ length: count }, (_, index) => ({
    sensor: `${source}/${(index + mix(salt, 3 * index, 4)) % 4}`,
    at: SECOND_MS + index * everyMs + mix(salt, 3 * index + 1, 25),
    level: mix(salt, 3 * index + 2, 100),
  }));
}
