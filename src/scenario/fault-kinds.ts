// The kinds of faults of a cluster, and what each does to links, nodes, ports and clocks. None ever calls or edits a machine.

export const faultKinds = [
  /** A TaskManager dies and starts again later at the same address. */
  'tm-crash',
  /** A JobManager dies and starts again later. */
  'jm-crash',
  /** A leader lives on, cut off from the HA service for longer than its lease. */
  'lease-loss',
  /** One of: trigger, in-band barrier in transit, in-band barrier never emitted, ack, abort or complete notification; each by itself. */
  'barrier-loss',
  /** A message takes much longer than usual, and holds up its stream. */
  'message-delay',
  /** A connection breaks; each side notices, later, or never. */
  'connection-break',
  /** Two nodes cannot reach each other, or one cannot reach the other. */
  'partition',
  /** A process is stopped (SIGSTOP) and goes on later; often longer than the heartbeat timeout. */
  'pause',
  /** A request to a port fails and is not applied. */
  'store-fail',
  /** A request to a port fails, and was applied, was not, or will be later. */
  'store-unknown',
  /** A TaskManager dies and never comes back, also when faults stop, as long as the others have slots enough for all jobs. */
  'tm-loss',
  /** A leader dies and never comes back, also when faults stop, as long as another JobManager is left. */
  'jm-loss',
  /** No TaskManager and the leader can reach each other; it lives on, and reaches the HA service. */
  'isolated-leader',
  /** Storage takes nothing for a time, of a node or of all: it is full. */
  'storage-full',
  /** Storage takes seconds for a time, of a node or of all. */
  'storage-slow',
  /** A write to storage leaves a part of its bytes under the name, and nobody knows what became of it. */
  'storage-torn',
  /** A read of storage answers damaged bytes; the next one does not. */
  'storage-corrupt',
  /** A stored file is damaged for good: of a retained checkpoint that is not the latest, as that one is the last copy of what a job rests on. */
  'storage-damage',
  /** A listing of storage is old: it shows what was there before the latest writes and deletions. */
  'storage-stale',
  /** A client dies behind its request, or with its answer, and begins anew: it asks the same again. */
  'client-crash',
  /** The wall clock of a JobManager or TaskManager is wrong from the beginning on, or jumps forward or back. */
  'wall-clock',
  /** The clocks of a JobManager or TaskManager run fast or slow, until faults stop. */
  'clock-drift',
  /** The clocks of a JobManager or TaskManager jump forward: all that it waits for is over at once. */
  'clock-jump',
  /** The sinks fail for a time, for a node or for all. */
  'sink-fail',
  /** The sinks take seconds for a time, for a node or for all. */
  'sink-stall',
  /** A sink gives up a transaction that is not prepared, and fences its writer: its next request is refused for good. */
  'sink-fence',
  /** The sources fail for a time, for a node or for all. */
  'source-fail',
  /** The sources take seconds for a time, for a node or for all. */
  'source-stall',
  /** One node, whoever it is, cannot reach the HA service: for less than a lease (it reconnects in time), or for longer. */
  'ha-cut',
  /** The HA service fails for everybody for a time: nobody leads when the lease is over, and somebody does when it is back. */
  'ha-outage',
  /** Several nodes die in the same moment, and start again later: a rack, all TaskManagers, or everybody. */
  'rack-loss',
  /** A JobManager or TaskManager does everything much slower than usual, for a time. */
  'slow-node',
  /** A TaskManager that lives, answers heartbeats, and is hardly of use: its data and its requests take long, for a time. */
  'gray-node',
  /** A moment that chance seldom hits: a pointer in doubt as its job restarts, a death between the writes of an end, in a restore, or as others have ended, a deletion that fails. */
  'rare-moment',
  /** A record comes that the job's code cannot take, once: it throws at it, in its first function or in one that keeps state. */
  'user-throw',
  /** Code of a job that asks chance: for a record it gives another result than when it runs again. The scenario says which code, and what may differ (`varies`). */
  'user-chance',
  /** The host of a TaskManager loses its power: its process dies, and of its work folder what was not synced is lost, whole or in part. */
  'power-loss',
] as const;

/** A kind of fault of the simulated cluster: see "Faults" below. */
export type FaultKind = (typeof faultKinds)[number];
