// The least that oracles need to know of the simulated services: their states satisfy these types. Read only.
import type { Value } from '../../core/base/value.ts';
import type { WorkFolders } from '../cluster/services/work-folder.ts';
import type { WorldView } from '../observation.ts';

export interface StorageView {
  readonly blobs: ReadonlyMap<string, Uint8Array>;
  /** What failed writes left; absent where none do. */
  readonly torn?: ReadonlyMap<string, Uint8Array>;
}

export interface HaView {
  readonly entries: ReadonlyMap<string, { readonly value: Uint8Array; readonly revision: number }>;
}

export interface ExternalSinkView {
  /** In the order of their commits; each transaction once. */
  readonly committed: readonly { readonly transaction: string; readonly records: readonly Value[] }[];
  /** Durable, not committed; by transaction. */
  readonly prepared: ReadonlyMap<string, unknown>;
  /** Begun, not prepared; by transaction. */
  readonly open: ReadonlyMap<string, unknown>;
}

export interface SinkServiceView {
  readonly sinks: ReadonlyMap<string, ExternalSinkView>;
}

export function storageOf(view: WorldView): StorageView {
  return view.service('storage') as StorageView;
}

export function haOf(view: WorldView): HaView {
  return view.service('ha') as HaView;
}

export function sinksOf(view: WorldView): SinkServiceView {
  return view.service('sink') as SinkServiceView;
}

/** Only where code of a job may end its process. */
export function workFoldersOf(view: WorldView): WorkFolders {
  return view.service('work-folder') as WorkFolders;
}
