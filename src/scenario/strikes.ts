// What can be done to real processes while a job runs. Each is a kind of fault of this world too; only the means differ: signals, and a
// relay between the processes, what stands between a process and its disk, and files that are changed.
import type { FaultKind } from './fault-kinds.ts';

export const strikeKinds = [
  'tm-crash',
  'jm-crash',
  'tm-pause',
  'jm-pause',
  'barrier-loss',
  'partition',
  'jm-isolated',
  'tm-loss',
  'jm-loss',
  'hanging-streams',
  'tm-clock-back',
  'all-crash',
  'all-pause',
  'disk-full',
  'disk-read-only',
  'sync-fails',
  'sync-slow',
  'clocks-jump',
  'damaged-ha',
  'damaged-metadata',
  'damaged-snapshot',
  'damaged-artifact',
  'damaged-sink',
] as const;

export type StrikeKind = (typeof strikeKinds)[number];

/** The kind of fault that a strike is in the simulator. */
export const strikeFaults = {
  /** `kill -9` of a TaskManager that runs tasks; it is started again later at the same address. */
  'tm-crash': 'tm-crash',
  /** `kill -9` of the leader; it is started again later at the same address. */
  'jm-crash': 'jm-crash',
  /** SIGSTOP of a TaskManager that runs tasks, for longer than the heartbeat timeout, then SIGCONT. */
  'tm-pause': 'pause',
  /** SIGSTOP of the leader, for longer than its lease, then SIGCONT. */
  'jm-pause': 'pause',
  /** One frame with a barrier is taken out on its way from one TaskManager to another. */
  'barrier-loss': 'barrier-loss',
  /** A TaskManager that runs tasks and all others cannot reach each other, for longer than the heartbeat timeout. */
  partition: 'partition',
  /** The leader and all TaskManagers cannot reach each other; it goes on renewing its lease. */
  'jm-isolated': 'isolated-leader',
  /** `kill -9` of a TaskManager that runs tasks, where the others have slots enough; it never comes back. */
  'tm-loss': 'tm-loss',
  /** `kill -9` of the leader, where there is another JobManager; it never comes back. */
  'jm-loss': 'jm-loss',
  /** As `partition`, and the connections of before never carry anything again: nobody is told, and nothing is reset. */
  'hanging-streams': 'partition',
  /** As `tm-crash`; the next process has an empty work folder, and its wall clock is an hour back. */
  'tm-clock-back': 'tm-crash',
  /** `kill -9` of all processes; all are started again later at the same addresses. */
  'all-crash': 'rack-loss',
  /** SIGSTOP of all processes, for longer than heartbeat timeout and lease, then SIGCONT. */
  'all-pause': 'pause',
  /** Nothing can be written by any process, for longer than a lease: half of what it writes, then ENOSPC. */
  'disk-full': 'storage-full',
  /** Nothing can be changed by any process, for longer than a lease: EROFS. */
  'disk-read-only': 'storage-full',
  /** Each sync of each process fails, for longer than a lease: EIO. */
  'sync-fails': 'store-fail',
  /** Each sync of each process takes most of a lease, for a time. */
  'sync-slow': 'storage-slow',
  /** The wall clock of each process jumps by an hour, of some forward, of others back. */
  'clocks-jump': 'wall-clock',
  /** As `all-crash`, and a bit of the log of the HA service is another one, until somebody met it. */
  'damaged-ha': 'rack-loss',
  /** Likewise, of the metadata of the latest checkpoint. */
  'damaged-metadata': 'storage-corrupt',
  /** Likewise, of a snapshot of the latest checkpoint. */
  'damaged-snapshot': 'storage-corrupt',
  /** Likewise, of the code of the jobs. */
  'damaged-artifact': 'storage-corrupt',
  /** Likewise, of output that is prepared, and covered by the latest checkpoint: its commit is held up before. */
  'damaged-sink': 'storage-corrupt',
} as const satisfies Readonly<Record<StrikeKind, FaultKind>>;
