// The snapshot of one subtask: what it must remember to go on behind the cut. Encoded and sealed by `snapshot-codec.ts`.
import type { Key, Value } from '../base/value.ts';
import type { SplitProgress } from '../protocol/messages.ts';

/** State of one key in one operator, as data that the operator's kind understands. */
export interface KeyedEntry {
  readonly key: Key;
  readonly value: Value;
}

/** One key group of one operator, packed by `key-group-codec.ts`. Groups are sorted by number and entries by key, so that equal state has equal bytes. */
export interface KeyGroupSnapshot {
  readonly keyGroup: number;
  readonly entries: Uint8Array;
}

export interface OperatorSnapshot {
  readonly operator: string;
  readonly keyGroups: readonly KeyGroupSnapshot[];
}

/** One split at the cut. `maxTimestamp`: the largest timestamp seen, or NO_TIMESTAMP. */
export interface SplitSnapshot extends SplitProgress {
  readonly maxTimestamp: number;
  /** What the source gave at the position or before it; '': nothing. */
  readonly mark: string;
}

/** A sink transaction that was prepared for a checkpoint and waits for its completion. */
export interface PendingTransaction {
  readonly checkpointId: number;
  readonly transaction: string;
}

export interface TaskSnapshot {
  readonly format: 'millrace-snapshot';
  readonly version: 3;
  readonly checkpointId: number;
  /** Event time of the task at the cut: what its input watermarks say. */
  readonly watermark: number;
  readonly atEnd: boolean;
  readonly splits: readonly SplitSnapshot[];
  readonly operators: readonly OperatorSnapshot[];
  /** Prepared, not yet known to be committed, in the order of their checkpoints. The last one is the epoch that this cut ends. */
  readonly transactions: readonly PendingTransaction[];
}
