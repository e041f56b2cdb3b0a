// A key-value map behind a port, as etcd or ZooKeeper offers one: revisions, conditional writes, watches that complete once. What was written
// is durable at once; whether a node ever hears so is the world's affair.
import type { Address } from '../../core/base/machine.ts';
import type { Value } from '../../core/base/value.ts';
import type { Caller, Completion, Service } from '../service.ts';
import { aboutBytes } from './size.ts';

/** A key with its value. */
export interface KeyValueEntry<T = Value> {
  readonly key: string;
  readonly value: T;
  /** Revision of the write that made it so; rises over all keys. */
  readonly revision: number;
}

/** What a machine asks of a `keyValueStore`. `T`: what its values are. */
export type KeyValueRequest<T = Value> =
  | { readonly kind: 'kv-get'; readonly key: string }
  /** All entries whose key begins like this, in the order of their keys; an empty text: all. */
  | { readonly kind: 'kv-list'; readonly prefix: string }
  /** Written only if the key has this revision (0: only if it has no value); null: in any case. */
  | { readonly kind: 'kv-put'; readonly key: string; readonly value: T; readonly ifRevision: number | null }
  | { readonly kind: 'kv-delete'; readonly key: string; readonly ifRevision: number | null }
  /** Completes once: as soon as the key was written or deleted after this revision, which may have been long ago. */
  | { readonly kind: 'kv-watch'; readonly key: string; readonly afterRevision: number };

/** What a `keyValueStore` answers. `revision`: that of the latest write of any key. */
export type KeyValueAnswer<T = Value> =
  | { readonly kind: 'kv-entry'; readonly entry: KeyValueEntry<T> | null; readonly revision: number }
  | { readonly kind: 'kv-entries'; readonly entries: readonly KeyValueEntry<T>[]; readonly revision: number }
  /** Put or deleted. */
  | { readonly kind: 'kv-written'; readonly revision: number }
  /** The condition did not hold: nothing was changed. */
  | { readonly kind: 'kv-conflict'; readonly entry: KeyValueEntry<T> | null }
  /** Of a watch: the key as it is now. */
  | { readonly kind: 'kv-changed'; readonly entry: KeyValueEntry<T> | null; readonly revision: number };

/** State of a key-value store. */
export interface KeyValueState<T = Value> {
  readonly entries: Map<string, KeyValueEntry<T>>;
  /** Revision at which a key that is not there was deleted: a watch must see that too. */
  readonly deletedAt: Map<string, number>;
  /** Of the latest write; the first one makes it 1. */
  revision: number;
  watches: KeyValueWatch[];
}

interface KeyValueWatch {
  readonly caller: Caller;
  readonly key: string;
}

type Put<T> = Extract<KeyValueRequest<T>, { readonly kind: 'kv-put' }>;
type Delete = Extract<KeyValueRequest, { readonly kind: 'kv-delete' }>;

/**
 * A map that all nodes share.
 *
 *     interface Speaks {
 *       readonly bodies: { … };
 *       readonly request: KeyValueRequest<Owner>;
 *       readonly answer: KeyValueAnswer<Owner>;
 *     }
 *     // in a step: the first to write wins, whoever else tries is answered `kv-conflict`
 *     out.request(1, { kind: 'kv-put', key: 'owner', value: { name: out.address }, ifRevision: 0 });
 *     // in the world
 *     services: [keyValueStore()]
 *
 * @param name of the service, in decision streams and for `view.service(name)`.
 */
export function keyValueStore<T = Value>(name = 'kv'): Service<KeyValueState<T>, KeyValueRequest<T>> {
  return {
    name,
    serves: ['kv-get', 'kv-list', 'kv-put', 'kv-delete', 'kv-watch'],
    create: () => ({ entries: new Map(), deletedAt: new Map(), revision: 0, watches: [] }),
    apply: (state, request, caller) => apply(state, request, caller),
    forget: (state, node, incarnation) => forget(state, node, incarnation),
    sizeOf: (request) => (request.kind === 'kv-put' ? aboutBytes(request.key) + aboutBytes(request.value) : 0),
    writes: ({ kind }) => kind === 'kv-put' || kind === 'kv-delete',
    relative: {
      shift(state, by) {
        state.watches = state.watches.map((watching) => ({ ...watching, caller: by.caller(watching.caller) }));
      },
    },
  };
}

function apply<T>(
  state: KeyValueState<T>,
  request: KeyValueRequest<T>,
  caller: Caller,
): readonly Completion<KeyValueAnswer<T>>[] {
  switch (request.kind) {
    case 'kv-get':
      return [{ caller, answer: { kind: 'kv-entry', ...found(state, request.key) } }];
    case 'kv-list':
      return [{ caller, answer: list(state, request.prefix) }];
    case 'kv-put':
      return holds(state, request) ? put(state, request, caller) : [conflict(state, request.key, caller)];
    case 'kv-delete':
      return holds(state, request) ? remove(state, request, caller) : [conflict(state, request.key, caller)];
    case 'kv-watch':
      return watch(state, request.key, request.afterRevision, caller);
  }
}

function found<T>(
  { entries, revision }: KeyValueState<T>,
  key: string,
): { entry: KeyValueEntry<T> | null; revision: number } {
  return { entry: entries.get(key) ?? null, revision };
}

function list<T>({ entries, revision }: KeyValueState<T>, prefix: string): KeyValueAnswer<T> {
  const listed = [...entries.values()].filter(({ key }) => key.startsWith(prefix));
  return { kind: 'kv-entries', entries: listed.sort((a, b) => (a.key < b.key ? -1 : 1)), revision };
}

function holds<T>(state: KeyValueState<T>, { key, ifRevision }: Put<T> | Delete): boolean {
  return ifRevision === null || ifRevision === (state.entries.get(key)?.revision ?? 0);
}

function conflict<T>(state: KeyValueState<T>, key: string, caller: Caller): Completion<KeyValueAnswer<T>> {
  return { caller, answer: { kind: 'kv-conflict', entry: state.entries.get(key) ?? null } };
}

function put<T>(
  state: KeyValueState<T>,
  { key, value }: Put<T>,
  caller: Caller,
): readonly Completion<KeyValueAnswer<T>>[] {
  state.revision += 1;
  state.entries.set(key, { key, value, revision: state.revision });
  state.deletedAt.delete(key);
  return written(state, key, caller);
}

/** What is not there is deleted already: nothing changes, and nobody who watches it hears of anything. */
function remove<T>(state: KeyValueState<T>, { key }: Delete, caller: Caller): readonly Completion<KeyValueAnswer<T>>[] {
  if (!state.entries.has(key)) return [{ caller, answer: { kind: 'kv-written', revision: state.revision } }];
  state.revision += 1;
  state.entries.delete(key);
  state.deletedAt.set(key, state.revision);
  return written(state, key, caller);
}

/** The answer to a write, and to all who watch its key. */
function written<T>(state: KeyValueState<T>, key: string, caller: Caller): readonly Completion<KeyValueAnswer<T>>[] {
  const { revision, entries, watches } = state;
  state.watches = watches.filter((waiting) => waiting.key !== key);
  const changed: KeyValueAnswer<T> = { kind: 'kv-changed', entry: entries.get(key) ?? null, revision };
  const heard = watches
    .filter((waiting) => waiting.key === key)
    .map((waiting) => ({ caller: waiting.caller, answer: changed }));
  return [{ caller, answer: { kind: 'kv-written', revision } }, ...heard];
}

function changedAt<T>({ entries, deletedAt }: KeyValueState<T>, key: string): number {
  return entries.get(key)?.revision ?? deletedAt.get(key) ?? 0;
}

function watch<T>(
  state: KeyValueState<T>,
  key: string,
  afterRevision: number,
  caller: Caller,
): readonly Completion<KeyValueAnswer<T>>[] {
  if (changedAt(state, key) > afterRevision) return [{ caller, answer: { kind: 'kv-changed', ...found(state, key) } }];
  state.watches.push({ caller, key });
  return [];
}

function forget<T>(state: KeyValueState<T>, node: Address, incarnation: number): void {
  state.watches = state.watches.filter(({ caller }) => caller.node !== node || caller.incarnation !== incarnation);
}
