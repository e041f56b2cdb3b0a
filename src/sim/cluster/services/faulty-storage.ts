// Storage with faults of its own: files that are torn or damaged, and listings that are old. What oracles call stored are whole blobs, as in any storage:
// what is wrong with them is beside these. Only runs in which such a fault may strike have it.
import type { PortAnswer, PortFailed } from '../../../core/protocol/ports.ts';
import type { TimeUs } from '../../observation.ts';
import type { Caller, Completion, Service } from '../../service.ts';
import { storageService, type StorageRequest, type StorageState } from './storage.ts';

/** A file came, or went. */
interface Change {
  readonly name: string;
  readonly at: TimeUs;
  readonly came: boolean;
}

export interface FaultyStorageState extends StorageState {
  /** What is left of writes that nobody knows the outcome of, by name: the first bytes. */
  readonly torn: Map<string, Uint8Array>;
  /** Names of stored blobs that are read damaged. */
  readonly damaged: Set<string>;
  /** Names of which the last read came damaged: the next one does not. */
  readonly misread: Set<string>;
  /** The latest, in order: what a listing may not know of. */
  changes: readonly Change[];
}

/** How bytes are damaged at a place: the byte is another one, all from there on is missing, or is zero. */
export const damages = ['flipped', 'cut', 'zeroed'] as const;
export type Damage = (typeof damages)[number];

/** What a fault makes storage do wrong as it applies a request. */
export type StorageStrike =
  /** Of a put: `part` of its bytes are there, from 0 to 1. */
  | { readonly kind: 'torn'; readonly part: number }
  /** Of a get: the bytes come damaged at `place`, a part of their length, from 0 to 1. */
  | { readonly kind: 'corrupt'; readonly damage: Damage; readonly place: number }
  /** Of any request: a stored blob is damaged from now on. */
  | { readonly kind: 'damage'; readonly name: string }
  /** Of a list: it is as of `backUs` ago. */
  | { readonly kind: 'stale'; readonly backUs: number };

/** No listing is older. */
export const STALE_MAX_US = 2_000_000;

type Answer = PortAnswer | PortFailed;

export function faultyStorageService(): Service<FaultyStorageState, StorageRequest> {
  const plain = storageService();
  const apply = (state: FaultyStorageState, request: StorageRequest, caller: Caller, now: TimeUs): Answer => {
    const there = 'name' in request && isThere(state, request.name);
    const [completion] = plain.apply(state, request, caller, now);
    return amended(state, request, (completion as Completion).answer as Answer, there, now);
  };
  return {
    ...plain,
    create: () => ({ ...plain.create(), torn: new Map(), damaged: new Set(), misread: new Set(), changes: [] }),
    apply: (state, request, caller, now) => [{ caller, answer: apply(state, request, caller, now) }],
    applyStruck: (state, request, caller, now, strike) => {
      const way = strike as StorageStrike;
      if (way.kind === 'torn' && request.kind === 'storage-put' && !state.blobs.has(request.name))
        return [{ caller, answer: tear(state, request, way.part, now) }];
      if (way.kind === 'damage') state.damaged.add(way.name);
      const answer = apply(state, request, caller, now);
      return [{ caller, answer: struck(state, way, answer, request, now) }];
    },
  };
}

function isThere({ blobs, torn }: FaultyStorageState, name: string): boolean {
  return blobs.has(name) || torn.has(name);
}

/** What storage answers about files that are torn or damaged, and what it remembers of a change. */
function amended(
  state: FaultyStorageState,
  request: StorageRequest,
  answer: Answer,
  there: boolean,
  now: TimeUs,
): Answer {
  switch (request.kind) {
    case 'storage-put':
      if (answer.kind !== 'stored') return answer;
      state.torn.delete(request.name);
      if (!there) noteChange(state, { name: request.name, at: now, came: true });
      return answer;
    case 'storage-delete':
      state.torn.delete(request.name);
      state.damaged.delete(request.name);
      if (there) noteChange(state, { name: request.name, at: now, came: false });
      return answer;
    case 'storage-get':
      return read(state, request.name, answer);
    case 'storage-list':
      return { kind: 'listed', names: namesAt(state, request.prefix, now) };
  }
}

function read({ torn, damaged, misread }: FaultyStorageState, name: string, answer: Answer): Answer {
  const part = torn.get(name);
  misread.delete(name);
  if (answer.kind === 'not-found' && part !== undefined) return { kind: 'loaded', bytes: part };
  return answer.kind === 'loaded' && damaged.has(name)
    ? { ...answer, bytes: damagedBytes(answer.bytes, 'flipped', MIDDLE) }
    : answer;
}

function tear(
  state: FaultyStorageState,
  { name, bytes }: Extract<StorageRequest, { readonly kind: 'storage-put' }>,
  part: number,
  now: TimeUs,
): PortFailed {
  if (!state.torn.has(name)) noteChange(state, { name, at: now, came: true });
  state.torn.set(name, bytes.slice(0, Math.floor(part * bytes.length)));
  return { kind: 'failed', outcome: 'unknown', reason: { kind: 'io', code: 'EIO', text: 'i/o error' } };
}

function struck(
  state: FaultyStorageState,
  strike: StorageStrike,
  answer: Answer,
  request: StorageRequest,
  now: TimeUs,
): Answer {
  if (strike.kind === 'corrupt' && request.kind === 'storage-get' && answer.kind === 'loaded') {
    state.misread.add(request.name);
    return { ...answer, bytes: damagedBytes(answer.bytes, strike.damage, strike.place) };
  }
  if (strike.kind === 'stale' && request.kind === 'storage-list')
    return { kind: 'listed', names: namesAt(state, request.prefix, now - strike.backUs) };
  return answer;
}

const MIDDLE = 0.5;

/** A copy: what was stored never changes. */
export function damagedBytes(bytes: Uint8Array, damage: Damage, place: number): Uint8Array {
  const at = Math.floor(bytes.length * place);
  if (damage === 'cut') return bytes.slice(0, at);
  const copy = bytes.slice();
  if (damage === 'zeroed') copy.fill(0, at);
  else copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

function noteChange(state: FaultyStorageState, change: Change): void {
  state.changes = [...state.changes.filter(({ at }) => at + STALE_MAX_US >= change.at), change];
}

/** The names of a prefix as they were at a time that is not longer ago than `STALE_MAX_US`. */
function namesAt({ blobs, torn, changes }: FaultyStorageState, prefix: string, at: TimeUs): readonly string[] {
  const names = new Set([...blobs.keys(), ...torn.keys()]);
  for (const change of changes.toReversed()) {
    if (change.at <= at) break;
    if (change.came) names.delete(change.name);
    else names.add(change.name);
  }
  return [...names].filter((name) => name.startsWith(prefix)).sort();
}

/** Whether a listing that is so old would show anything else than one of now. */
export function isStaleFelt({ changes }: FaultyStorageState, prefix: string, at: TimeUs): boolean {
  return changes.some((change) => change.at > at && change.name.startsWith(prefix));
}
