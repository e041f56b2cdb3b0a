// Checkpoint storage in memory: immutable blobs under names that are never reused. It holds bytes, never objects.
import { sameBytes } from '../../../core/base/bytes.ts';
import type { PortAnswer, PortFailed, PortRequest } from '../../../core/protocol/ports.ts';
import type { Caller, Completion, Service } from '../../service.ts';
import { byteLength } from './size.ts';

export interface StorageState {
  /** Never changed once they are here: a put under a name in use is refused, unless the bytes are the same. */
  readonly blobs: Map<string, Uint8Array>;
  /** Names that somebody tried to use again for other bytes: each one is a bug of a machine. */
  readonly reused: string[];
}

export type StorageRequest = Extract<PortRequest, { readonly kind: `storage-${string}` }>;

export function storageService(): Service<StorageState, StorageRequest> {
  return {
    name: 'storage',
    serves: ['storage-put', 'storage-get', 'storage-list', 'storage-delete'],
    create: () => ({ blobs: new Map(), reused: [] }),
    apply: (state: StorageState, request: StorageRequest, caller: Caller): readonly Completion[] => [
      { caller, answer: answerOf(state, request) },
    ],
    forget: () => {},
    sizeOf: (request: StorageRequest): number =>
      byteLength(
        request.kind === 'storage-put'
          ? request.bytes
          : request.kind === 'storage-list'
            ? request.prefix
            : request.name,
      ),
    writes: (request: StorageRequest): boolean => request.kind === 'storage-put' || request.kind === 'storage-delete',
  };
}

function answerOf(state: StorageState, request: StorageRequest): PortAnswer | PortFailed {
  switch (request.kind) {
    case 'storage-put':
      return put(state, request.name, request.bytes);
    case 'storage-get':
      return get(state, request.name);
    case 'storage-list':
      return {
        kind: 'listed',
        names: [...state.blobs.keys()].filter((name) => name.startsWith(request.prefix)).sort(),
      };
    case 'storage-delete':
      state.blobs.delete(request.name);
      return { kind: 'deleted' };
  }
}

function put(state: StorageState, name: string, bytes: Uint8Array): PortAnswer | PortFailed {
  const there = state.blobs.get(name);
  if (there !== undefined && !sameBytes(there, bytes)) {
    state.reused.push(name);
    return { kind: 'failed', outcome: 'not-applied', reason: { kind: 'name-taken', name } };
  }
  if (there === undefined) state.blobs.set(name, bytes);
  return { kind: 'stored' };
}

function get(state: StorageState, name: string): PortAnswer {
  const bytes = state.blobs.get(name);
  return bytes === undefined ? { kind: 'not-found' } : { kind: 'loaded', bytes };
}
