// What can be done to real processes while a job runs. Each is a kind of fault of this world too; only the means differ: signals, and a
// relay between the processes.
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
} as const satisfies Readonly<Record<StrikeKind, FaultKind>>;
