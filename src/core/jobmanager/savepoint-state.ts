// What a leader remembers of savepoints, as plain data.
import type { Address } from '../base/machine.ts';
import type { Call } from '../base/retry.ts';
import type { SavepointRecord } from '../protocol/ha-records.ts';
import { checkTransition, type Transitions } from '../protocol/states.ts';

export type SavepointStage = 'STORING' | 'DURABLE' | 'MARKING' | 'FILES' | 'RECORD';

/** A savepoint whose checkpoint is completed. */
export const savepointTransitions: Transitions<SavepointStage> = {
  /** Its record is being written. */
  STORING: ['DURABLE'],
  /** It is there. */
  DURABLE: ['MARKING'],
  /** Its record is being marked as disposed. */
  MARKING: ['FILES'],
  /** Nobody can restore from it, and its files are deleted. */
  FILES: ['RECORD'],
  /** Its record is deleted. */
  RECORD: [],
};

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
  /** Of a retained checkpoint: what its metadata names; null: that was not read. */
  files: readonly string[] | null;
  /** Its metadata was read, and cannot be used. */
  isUnreadable: boolean;
  readonly reading: Call;
}

export function moveSavepoint(savepoint: Savepoint, to: SavepointStage): void {
  const what = `savepoint ${savepoint.record.savepointId}`;
  savepoint.stage = checkTransition(savepointTransitions, savepoint.stage, to, what);
}

/** A savepoint on its way to a completed checkpoint, or a checkpoint that a client wants now. */
export interface SavepointRequest {
  /** Of a checkpoint: the id of the trigger, which the client made as well. */
  readonly savepointId: string;
  /** Completed it is kept for itself; else it is a checkpoint as any other. */
  readonly isKept: boolean;
  /** The checkpoint that it is; NONE: it waits for its turn. */
  checkpointId: number;
  /** Who is to hear of it. */
  readonly clients: Address[];
}
