// The HA service in memory: a small versioned map with conditional writes, watches that complete once, and a lease that is only counted.
// It knows one key, that of the leader, because writes can be conditional on its epoch.
import { decodeLeader } from '../../../core/protocol/records-codec.ts';
import { LEADER_KEY } from '../../../core/protocol/ha-keys.ts';
import type { HaEntry, PortAnswer, PortRequest } from '../../../core/protocol/ports.ts';
import type { Caller, Completion, RelativeService, Service, ServiceShift } from '../../service.ts';
import { byteLength } from './size.ts';

export interface HaStored {
  readonly value: Uint8Array;
  readonly revision: number;
}

interface Watch {
  readonly caller: Caller;
  readonly key: string;
}

export interface HaState {
  readonly entries: Map<string, HaStored>;
  /** Revision at which a key that is not there was deleted: a watch must see that too. */
  readonly deletedAt: Map<string, number>;
  /** Of the last write of any key; the first write makes it 1. */
  revision: number;
  /** Renewals of any leader so far. */
  renewals: number;
  watches: Watch[];
}

export type HaRequest = Extract<PortRequest, { readonly kind: `ha-${string}` }>;
type HaWrite = Extract<HaRequest, { readonly kind: 'ha-write' }>;

export function haService(): Service<HaState, HaRequest> {
  return {
    name: 'ha',
    serves: ['ha-read', 'ha-write', 'ha-watch', 'ha-renew', 'ha-lease'],
    create: () => ({ entries: new Map(), deletedAt: new Map(), revision: 0, renewals: 0, watches: [] }),
    apply,
    forget(state: HaState, node: string, incarnation: number): void {
      state.watches = state.watches.filter(({ caller }) => caller.node !== node || caller.incarnation !== incarnation);
    },
    sizeOf: (request: HaRequest): number =>
      request.kind === 'ha-write' ? byteLength(request.key) + byteLength(request.value) : 0,
    writes: (request: HaRequest): boolean => request.kind === 'ha-write',
    relative,
  };
}

const relative: RelativeService<HaState, HaRequest> = {
  counters: ({ revision, renewals }) => ({ revision, renewals }),
  shift(state, by) {
    for (const [key, stored] of state.entries)
      state.entries.set(key, { ...stored, revision: shiftRevision(stored.revision, by) });
    for (const [key, revision] of state.deletedAt) state.deletedAt.set(key, shiftRevision(revision, by));
    state.watches = state.watches.map(({ caller, key }) => ({ caller: by.caller(caller), key }));
    state.revision = shiftRevision(state.revision, by);
    state.renewals = by.counter('ha', 'renewals', state.renewals);
  },
  shiftRequest(request, by) {
    if (request.kind === 'ha-watch') return { ...request, afterRevision: shiftRevision(request.afterRevision, by) };
    if (request.kind !== 'ha-write' || request.ifRevision === null) return request;
    return { ...request, ifRevision: shiftRevision(request.ifRevision, by) };
  },
  shiftAnswer: (answer, by) => shiftAnswer(answer as PortAnswer, by),
};

function shiftAnswer(answer: PortAnswer, by: ServiceShift): PortAnswer {
  switch (answer.kind) {
    case 'ha-entries':
      return {
        ...answer,
        entries: answer.entries.map((entry) => shiftEntry(entry, by)),
        revision: shiftRevision(answer.revision, by),
      };
    case 'ha-written':
      return { ...answer, revision: shiftRevision(answer.revision, by) };
    case 'ha-conflict':
      return { ...answer, entry: answer.entry === null ? null : shiftEntry(answer.entry, by) };
    case 'ha-changed':
      return {
        ...answer,
        entry: answer.entry === null ? null : shiftEntry(answer.entry, by),
        revision: shiftRevision(answer.revision, by),
      };
    case 'ha-lease':
      return {
        ...answer,
        leader: answer.leader === null ? null : shiftEntry(answer.leader, by),
        renewals: by.counter('ha', 'renewals', answer.renewals),
      };
    default:
      return answer;
  }
}

function shiftEntry(entry: HaEntry, by: ServiceShift): HaEntry {
  return { ...entry, revision: shiftRevision(entry.revision, by) };
}

function shiftRevision(revision: number, by: ServiceShift): number {
  return by.counter('ha', 'revision', revision);
}

function apply(state: HaState, request: HaRequest, caller: Caller): readonly Completion[] {
  switch (request.kind) {
    case 'ha-read':
      return [{ caller, answer: read(state, request.prefix) }];
    case 'ha-write':
      return write(state, request, caller);
    case 'ha-watch':
      return watch(state, request.key, request.afterRevision, caller);
    case 'ha-renew':
      return [{ caller, answer: renew(state, request.epoch) }];
    case 'ha-lease':
      return [{ caller, answer: lease(state) }];
  }
}

/** The epoch that holds now; 0: there never was a leader. */
export function leaderEpoch(state: HaState): number {
  const stored = state.entries.get(LEADER_KEY);
  return stored === undefined ? 0 : epochIn(stored.value);
}

/** What is stored never changes, and is asked for at each write. */
const knownEpochs = new WeakMap<Uint8Array, number>();

function epochIn(value: Uint8Array): number {
  const known = knownEpochs.get(value);
  if (known !== undefined) return known;
  const leader = decodeLeader(value);
  const epoch = leader.ok ? leader.value.epoch : 0;
  knownEpochs.set(value, epoch);
  return epoch;
}

function entryOf(state: HaState, key: string): HaEntry | null {
  const stored = state.entries.get(key);
  return stored === undefined ? null : { key, value: stored.value, revision: stored.revision };
}

function read(state: HaState, prefix: string): PortAnswer {
  const keys = [...state.entries.keys()].filter((key) => key.startsWith(prefix)).sort();
  return { kind: 'ha-entries', entries: keys.map((key) => entryOf(state, key) as HaEntry), revision: state.revision };
}

function write(state: HaState, request: HaWrite, caller: Caller): readonly Completion[] {
  if (!holds(state, request)) return [{ caller, answer: conflict(state, request.key) }];
  state.revision += 1;
  if (request.value === null) {
    state.entries.delete(request.key);
    state.deletedAt.set(request.key, state.revision);
  } else {
    state.entries.set(request.key, { value: request.value, revision: state.revision });
    state.deletedAt.delete(request.key);
  }
  const answer: PortAnswer = { kind: 'ha-written', revision: state.revision };
  return [{ caller, answer }, ...completeWatches(state, request.key)];
}

function holds(state: HaState, request: HaWrite): boolean {
  const revision = state.entries.get(request.key)?.revision ?? 0;
  if (request.ifRevision !== null && request.ifRevision !== revision) return false;
  return request.ifEpoch === null || request.ifEpoch === leaderEpoch(state);
}

function conflict(state: HaState, key: string): PortAnswer {
  return { kind: 'ha-conflict', entry: entryOf(state, key), epoch: leaderEpoch(state) };
}

function watch(state: HaState, key: string, afterRevision: number, caller: Caller): readonly Completion[] {
  const writtenAt = state.entries.get(key)?.revision ?? state.deletedAt.get(key) ?? 0;
  if (writtenAt > afterRevision) return [{ caller, answer: changed(state, key) }];
  state.watches.push({ caller, key });
  return [];
}

function completeWatches(state: HaState, key: string): Completion[] {
  const waiting = state.watches.filter((watching) => watching.key === key);
  if (waiting.length === 0) return [];
  state.watches = state.watches.filter((watching) => watching.key !== key);
  return waiting.map(({ caller }) => ({ caller, answer: changed(state, key) }));
}

function changed(state: HaState, key: string): PortAnswer {
  return { kind: 'ha-changed', entry: entryOf(state, key), revision: state.revision };
}

function lease(state: HaState): PortAnswer {
  return { kind: 'ha-lease', leader: entryOf(state, LEADER_KEY), renewals: state.renewals };
}

/** A renewal of a deposed leader tells it so, and counts for nothing. */
function renew(state: HaState, epoch: number): PortAnswer {
  if (epoch !== leaderEpoch(state)) return conflict(state, LEADER_KEY);
  state.renewals += 1;
  return { kind: 'ha-renewed', epoch };
}
