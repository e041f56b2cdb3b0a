// What a leader remembers of savepoints, as plain data.
import type { Address } from '../base/machine.ts';
import type { Call } from '../base/retry.ts';
import type { SavepointRecord } from '../protocol/ha-records.ts';

/**
 * STORING: its checkpoint is completed, its record is being written. DURABLE: it is there. MARKING: its record is being marked as disposed. FILES:
 * nobody can restore from it, and its files are deleted. RECORD: its record is deleted.
 */
export type SavepointStage = 'STORING' | 'DURABLE' | 'MARKING' | 'FILES' | 'RECORD';

/** A completed checkpoint that a client wants to be kept. It outlives its job. */
export interface Savepoint {
  record: SavepointRecord;
  /** Of the leader that completed it: its files have it in their names. */
  readonly epoch: number;
  stage: SavepointStage;
  /** Of its key; NONE: it was not written yet. */
  revision: number;
  /** A write of unknown outcome may still create the key: it is not deleted under this leader, as it could come back. */
  unsettled: boolean;
  /** Who is to hear of the end of the stage. */
  readonly clients: Address[];
  readonly call: Call;
}

/** A savepoint on its way to a completed checkpoint. */
export interface SavepointRequest {
  readonly savepointId: string;
  /** The checkpoint that it is; NONE: it waits for its turn. */
  checkpointId: number;
  /** Who is to hear of it. */
  readonly clients: Address[];
}
