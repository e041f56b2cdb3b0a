// What machines request through ports, and the answers. A port may also answer `failed` (base/machine.ts); storage and HA hold bytes.
// Contracts: HA is a small versioned map; storage holds immutable blobs under names that are never reused; sources are replayable logs;
// sinks are transactional and fenced.
import type { Outbox } from '../base/outbox.ts';
import type { Value } from '../base/value.ts';
import type { Failed } from '../base/vocabulary.ts';
import type { RecordColumn } from '../columns/column.ts';
import type { Schema } from '../columns/schema.ts';
import type { Bodies } from './messages.ts';
import type { Note } from './notes.ts';
import type { ArtifactReason, PortReason, Reason } from './reasons.ts';

/** Orders writers of one sink subtask: a higher epoch first, then a higher attempt. A lower one is refused after a higher one opened. */
export interface FencingToken {
  readonly epoch: number;
  readonly attempt: number;
}

export interface HaEntry {
  readonly key: string;
  readonly value: Uint8Array;
  /** Revision of the store at which the key was last written; revisions rise over the whole store. */
  readonly revision: number;
}

export type PortRequest =
  /** All entries whose key starts with `prefix`, at one revision. */
  | { readonly kind: 'ha-read'; readonly prefix: string }
  /**
   * Writes a key, or deletes it (`value` null), if its revision is still `ifRevision` (0: it does not exist; null: whatever it is) and the
   * epoch of the leader key is still `ifEpoch` (null: whatever it is).
   */
  | {
      readonly kind: 'ha-write';
      readonly key: string;
      readonly value: Uint8Array | null;
      readonly ifRevision: number | null;
      readonly ifEpoch: number | null;
    }
  /** Completes once, when the key was written after `afterRevision` (at once, if it was). */
  | { readonly kind: 'ha-watch'; readonly key: string; readonly afterRevision: number }
  /** The leader of `epoch` lives. */
  | { readonly kind: 'ha-renew'; readonly epoch: number }
  /** The leader key, and a count that each of its renewals raises: a standby campaigns when neither changed for `leaseMs` on its own clock. */
  | { readonly kind: 'ha-lease' }
  | { readonly kind: 'storage-put'; readonly name: string; readonly bytes: Uint8Array }
  | { readonly kind: 'storage-get'; readonly name: string }
  | { readonly kind: 'storage-list'; readonly prefix: string }
  | { readonly kind: 'storage-delete'; readonly name: string }
  | {
      readonly kind: 'source-read';
      readonly topic: string;
      readonly split: number;
      readonly position: number;
      /** That of an answer at this position or before it, also of an earlier attempt; '': there is none. */
      readonly mark: string;
      readonly maxRecords: number;
      /** What each record must be, as its source declares it; absent: anything. */
      readonly schema?: Schema;
    }
  /** Fences all lower tokens of `writer` (`<job>/<operator>/<subtask>`) and aborts its transactions, prepared ones too, that are not in `keep`. */
  | {
      readonly kind: 'sink-open';
      readonly sink: string;
      readonly writer: string;
      readonly token: FencingToken;
      readonly keep: readonly string[];
    }
  /** Adds a chunk (numbered from 0, and sent in that order) to a transaction, which begins with its first chunk. */
  | {
      readonly kind: 'sink-write';
      readonly sink: string;
      readonly writer: string;
      readonly token: FencingToken;
      readonly transaction: string;
      readonly chunk: number;
      readonly records: readonly Value[];
    }
  /** Makes a transaction of `chunks` chunks (0: empty) durable: it will survive a crash, and can be committed by anybody. Idempotent. */
  | {
      readonly kind: 'sink-prepare';
      readonly sink: string;
      readonly writer: string;
      readonly token: FencingToken;
      readonly transaction: string;
      readonly chunks: number;
    }
  /** Makes a prepared transaction visible. Idempotent; a transaction that never was prepared is refused. */
  | {
      readonly kind: 'sink-commit';
      readonly sink: string;
      readonly writer: string;
      readonly token: FencingToken;
      readonly transaction: string;
    }
  | { readonly kind: 'artifact-load'; readonly hash: string }
  /** Calls the function of a `mapAsync` of a loaded artifact, and waits for what it gives. */
  | {
      readonly kind: 'function-call';
      readonly artifact: string;
      readonly operator: string;
      readonly value: Value;
      readonly timestamp: number;
      readonly parameters: Value;
    };

export type PortAnswer =
  | { readonly kind: 'ha-entries'; readonly entries: readonly HaEntry[]; readonly revision: number }
  | { readonly kind: 'ha-written'; readonly revision: number }
  /** The condition did not hold; nothing was written. `epoch` is that of the leader key (0: there is none). */
  | { readonly kind: 'ha-conflict'; readonly entry: HaEntry | null; readonly epoch: number }
  | { readonly kind: 'ha-changed'; readonly entry: HaEntry | null; readonly revision: number }
  | { readonly kind: 'ha-renewed'; readonly epoch: number }
  | { readonly kind: 'ha-lease'; readonly leader: HaEntry | null; readonly renewals: number }
  | { readonly kind: 'stored' }
  | { readonly kind: 'loaded'; readonly bytes: Uint8Array }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'listed'; readonly names: readonly string[] }
  | { readonly kind: 'deleted' }
  /** `end`: the split ends behind these records. `mark`: by what the source knows the place behind them again; it goes into checkpoints as it is. */
  | {
      readonly kind: 'records';
      readonly position: number;
      readonly values: readonly Value[];
      readonly end: boolean;
      readonly mark: string;
    }
  /** The same, by a port that has its records side by side. */
  | {
      readonly kind: 'record-column';
      readonly position: number;
      readonly column: RecordColumn;
      readonly end: boolean;
      readonly mark: string;
    }
  /** The source is not what was read of it, or something in it is no record: the same read again meets it again. */
  | { readonly kind: 'source-refused'; readonly reason: PortReason; readonly stack: string | null }
  | { readonly kind: 'sink-opened' }
  | { readonly kind: 'sink-written' }
  | { readonly kind: 'sink-prepared' }
  | { readonly kind: 'sink-committed' }
  /** A higher token opened this writer; or the transaction is not known; or the writer is of a job of another cluster. Final: asking again does not help. */
  | { readonly kind: 'sink-refused'; readonly reason: 'fenced' | 'unknown-transaction' | 'other-cluster' }
  /** The format of the sink cannot say a record of the chunk: the same chunk again meets it again. `text`: why, as a sentence. */
  | { readonly kind: 'record-refused'; readonly text: string }
  | { readonly kind: 'artifact-loaded'; readonly hash: string }
  | { readonly kind: 'artifact-refused'; readonly reason: ArtifactReason }
  | { readonly kind: 'function-returned'; readonly value: Value }
  /** It threw, or gave what is not data. `problem`: as a clause behind the name of the operator. */
  | { readonly kind: 'function-failed'; readonly problem: string; readonly stack: string | null };

/** A port could not do what it was asked for. */
export type PortFailed = Failed<PortReason>;

/** What the machines of a cluster speak. */
export interface ClusterVocabulary {
  readonly bodies: Bodies;
  readonly request: PortRequest;
  readonly answer: PortAnswer;
  readonly note: Note;
  readonly reason: Reason;
  readonly failure: PortReason;
}

/** Where the machines of a cluster put what a step leads to. */
export type ClusterOutbox = Outbox<ClusterVocabulary>;
