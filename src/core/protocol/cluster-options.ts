// The one table of cluster options, the same in both worlds. Defaults suit one host; Flink's are ten times slower for a data centre.
import type { OptionSpec, OptionsOf } from '../base/options.ts';

const ms = (value: number, min: number, max: number, about: string): OptionSpec => ({
  default: value,
  unit: 'ms',
  min,
  max,
  about,
});
const count = (value: number, min: number, max: number, about: string): OptionSpec => ({
  default: value,
  unit: 'count',
  min,
  max,
  about,
});
const permille = (value: number, min: number, max: number, about: string): OptionSpec => ({
  default: value,
  unit: 'permille',
  min,
  max,
  about,
});
const records = (value: number, min: number, max: number, about: string): OptionSpec => ({
  default: value,
  unit: 'records',
  min,
  max,
  about,
});

export const clusterOptionTable = {
  heartbeatIntervalMs: ms(500, 10, 600_000, 'between two heartbeats of the JobManager to each TaskManager'),
  heartbeatTimeoutMs: ms(3_000, 50, 3_600_000, 'without a sign of life after which the other side counts as lost'),
  leaseMs: ms(1_500, 50, 600_000, 'a leader may act without renewing, and a standby waits before it campaigns'),
  leaseRenewIntervalMs: ms(
    500,
    10,
    600_000,
    'between two renewals of the lease, and between two looks of a standby at it',
  ),
  registrationRetryMs: ms(500, 10, 60_000, 'before a registration without an answer is sent again'),
  requestRetryMs: ms(100, 1, 60_000, 'before a failed request to a port is sent again'),
  slotRequestTimeoutMs: ms(2_000, 50, 600_000, 'before a slot request without an answer is planned again'),
  slotWaitTimeoutMs: ms(
    300_000,
    50,
    86_400_000,
    'a job waits for slots: behind that it fails if it never had them, else those behind it come first',
  ),
  slotTimeoutMs: ms(5_000, 50, 600_000, 'a TaskManager keeps an allocated slot that no JobMaster uses'),
  deployTimeoutMs: ms(5_000, 50, 600_000, 'before a deployment that nobody reported on fails'),
  cancelTimeoutMs: ms(2_000, 50, 600_000, 'before a cancellation without an answer is sent again'),
  restartStrategy: count(
    0,
    0,
    3,
    'the strategy of jobs that name none: 0 exponential-delay, 1 fixed-delay, 2 failure-rate, 3 none',
  ),
  restartDelayMs: ms(
    500,
    0,
    600_000,
    'between a failure and the restart; by exponential-delay the second in a row, as the first is at once',
  ),
  restartDelayMaxMs: ms(6_000, 0, 3_600_000, 'up to which exponential-delay grows'),
  restartMultiplierPermille: permille(1_500, 1_000, 10_000, 'of the delay before, by exponential-delay'),
  restartJitterPermille: permille(100, 0, 1_000, 'of the delay, by which exponential-delay is more or less'),
  restartResetMs: ms(360_000, 0, 86_400_000, 'without a failure, after which exponential-delay begins again'),
  restartsMax: count(3, 0, 1_000, 'restarts by fixed-delay in all, by failure-rate in each restartRateIntervalMs'),
  restartRateIntervalMs: ms(60_000, 1, 86_400_000, 'in which failure-rate counts failures'),
  jobFailuresMax: count(
    3,
    1,
    1_000_000,
    "failures of a job's own code or state without a completed checkpoint between, the last of which exponential-delay does not restart",
  ),
  userCodeTimeoutMs: ms(
    10_000,
    100,
    3_600_000,
    'a call of a job may take before its TaskManager is ended: it blocks all tasks there',
  ),
  checkpointIntervalMs: ms(1_000, 10, 3_600_000, 'between two triggers of checkpoints'),
  firstCheckpointMs: ms(
    200,
    0,
    3_600_000,
    'before the first trigger of a job that never had a checkpoint, from when all its tasks run; at most checkpointIntervalMs',
  ),
  checkpointMinPauseMs: ms(0, 0, 3_600_000, 'between the completion of a checkpoint and the next trigger'),
  checkpointTimeoutMs: ms(5_000, 50, 3_600_000, 'after which a pending checkpoint expires'),
  maxConcurrentCheckpoints: count(1, 1, 16, 'checkpoints of a job that are pending at once'),
  tolerableFailedCheckpoints: count(5, 0, 1_000_000, 'failed checkpoints in a row before the job restarts'),
  externalizedCheckpointRetention: count(
    0,
    0,
    2,
    'of the latest checkpoint of a job that ends: 0 NO_EXTERNALIZED_CHECKPOINTS, 1 DELETE_ON_CANCELLATION (a failed job keeps it), 2 RETAIN_ON_CANCELLATION (a cancelled one too)',
  ),
  retainedCheckpoints: count(2, 1, 100, 'completed checkpoints that are kept'),
  collectionIntervalMs: ms(5_000, 50, 3_600_000, 'between two collections of files that no pointer needs'),
  batchSizeRecords: records(64, 1, 65_536, 'in a full batch'),
  bufferTimeoutMs: ms(100, 1, 60_000, 'before a batch that is not full is sent'),
  creditsPerChannel: {
    default: 4,
    unit: 'batches',
    min: 1,
    max: 1_024,
    about: 'a consumer lets a producer send ahead',
  },
  channelStatusIntervalMs: ms(
    500,
    10,
    60_000,
    'before a producer repeats the last sequence number of a channel that was not confirmed',
  ),
  partitionRequestRetryMs: ms(100, 10, 60_000, 'before a consumer asks again for a partition that is not there yet'),
  sourceReadRecords: records(256, 1, 65_536, 'asked of a source at once'),
  sinkChunkRecords: records(1_024, 1, 65_536, 'written to an open transaction at once'),
  timersPerStep: count(128, 1, 65_536, 'event-time timers fired in one step'),
  snapshotKeyGroupsPerStep: {
    default: 16,
    unit: 'groups',
    min: 1,
    max: 32_768,
    about: 'key groups encoded or restored in one step',
  },
  retainedResults: count(1_000, 1, 100_000, 'jobs of the past that are kept; of more the oldest are removed'),
  resultRetentionMs: ms(604_800_000, 0, 315_360_000_000, 'after its end a job of the past is kept, by wall time'),
  clientRetryMs: ms(500, 10, 60_000, 'before a client repeats a submission or asks for the status again'),
} as const satisfies { readonly [name: string]: OptionSpec };

export type ClusterOptions = OptionsOf<typeof clusterOptionTable>;

/** What is repeated has to be repeated in time: [the pause, what must be longer]. */
const inTime: readonly (readonly [keyof ClusterOptions, keyof ClusterOptions])[] = [
  ['heartbeatIntervalMs', 'heartbeatTimeoutMs'],
  ['leaseRenewIntervalMs', 'leaseMs'],
];

/** What two options make impossible together, in one sentence, or null. */
export function contradictionOf(options: ClusterOptions): string | null {
  const { restartDelayMs, restartDelayMaxMs } = options;
  if (restartDelayMs > restartDelayMaxMs)
    return `restartDelayMaxMs=${restartDelayMaxMs} must be at least restartDelayMs=${restartDelayMs}`;
  const pair = inTime.find(([pause, longer]) => options[pause] >= options[longer]);
  if (pair === undefined) return null;
  const [pause, longer] = pair;
  return `${longer}=${options[longer]} must be more than ${pause}=${options[pause]}: what is repeated comes too late`;
}
