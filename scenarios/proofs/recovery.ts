// A job that is struck while it is deployed, runs, takes checkpoints and ends. All that comes by the clock comes seldom, so that a run is short where
// nothing goes wrong, and every timeout can still be waited for.
import { defineScenario, type Scenario } from 'millrace/scenario';
import { countWords } from './count-words.ts';

/** Of a split: one before the first barrier, one behind it. */
export const RECORDS: readonly string[] = ['wheel', 'weir'];

/** In what a scenario differs from the others. */
export interface RecoveryDifference {
  /** Default 2, each with a slot: one is spare if there are more. */
  readonly taskManagers?: number;
  /** Splits, and subtasks of the source. Default 2: one beside each subtask of what counts. */
  readonly splits?: number;
  /** Of each split. */
  readonly records?: readonly string[];
  /** Of each split. Default 4. */
  readonly recordsPerSecond?: number;
  readonly options?: Scenario['options'];
  readonly aim?: NonNullable<Scenario['aim']>;
}

/** Two subtasks of each vertex, one a slot. */
export function recoveryScenario(
  name: string,
  about: string,
  jobManagers: number,
  {
    taskManagers = 2,
    splits = 2,
    records = RECORDS,
    recordsPerSecond = 4,
    options = {},
    aim = {},
  }: RecoveryDifference = {},
): Scenario {
  return defineScenario({
    name,
    about,
    cluster: { jobManagers, taskManagers, slotsPerTaskManager: 1 },
    job: countWords(name, 2, recordsPerSecond, splits),
    input: () => ({ lines: { splits: Array.from({ length: splits }, () => records) } }),
    options: {
      checkpointIntervalMs: 120,
      checkpointTimeoutMs: 100_000,
      heartbeatIntervalMs: 10_000,
      heartbeatTimeoutMs: 25_000,
      leaseMs: 25_000,
      leaseRenewIntervalMs: 10_000,
      registrationRetryMs: 20_000,
      requestRetryMs: 20_000,
      slotRequestTimeoutMs: 20_000,
      slotTimeoutMs: 60_000,
      deployTimeoutMs: 20_000,
      cancelTimeoutMs: 20_000,
      restartDelayMs: 100,
      collectionIntervalMs: 600_000,
      bufferTimeoutMs: 50,
      channelStatusIntervalMs: 60_000,
      partitionRequestRetryMs: 500,
      clientRetryMs: 60_000,
      ...options,
    },
    faults: {
      'tm-crash': 1,
      'jm-crash': 1,
      'lease-loss': 1,
      'barrier-loss': 1,
      'message-delay': 1,
      'connection-break': 1,
      'store-fail': 1,
      'store-unknown': 1,
      pause: 1,
      partition: 1,
    },
    aim,
    reference: true,
    sortBy: (value) => JSON.stringify(value),
  });
}
