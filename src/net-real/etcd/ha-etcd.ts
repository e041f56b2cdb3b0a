// The HA service in etcd: each request is one transaction, conditional on the name of the cluster and on what the request asks for. A standby counts
// renewals on its own clock, as in every HA service; no lease of etcd has a part in it. Keys below the prefix:
//
//   cluster      the name of the cluster
//   keys/<key>   what machines write
//   epoch        of the leader in keys/leader, always written with it, so that a write can be conditional on it
//   renewals     its version counts the renewals of leaders
import { LEADER_KEY } from '../../core/protocol/ha-keys.ts';
import type { HaEntry, PortAnswer, PortFailed } from '../../core/protocol/ports.ts';
import { decodeLeader } from '../../core/protocol/records-codec.ts';
import type { HaRequest, HaWrite } from '../ha-map.ts';
import { onceDone } from '../lanes.ts';
import { createPort, failed, ioReason } from '../port-answers.ts';
import type { Port } from '../port.ts';
import type { EtcdClient } from './client.ts';
import { clusterKeyOf, takeClusterLine } from './cluster-key.ts';
import { EtcdFailure } from './failure.ts';
import { openClient } from './open-client.ts';
import { nameEtcdPlace, type EtcdPlace } from './place.ts';
import type { EtcdTransport } from './transport.ts';
import { upkeep, type Upkeep } from './upkeep.ts';
import { watchKey, type KeyState, type Watching } from './watch.ts';
import {
  hasRevision,
  hasValue,
  put,
  range,
  rangeOf,
  remove,
  type Compare,
  type KeyValue,
  type Operation,
  type TransactionAnswer,
} from './wire.ts';

export interface HaEtcdOptions {
  readonly place: EtcdPlace;
  /** How late a watch may be whose stream is deaf. */
  readonly lookMs?: number;
  /** Hears what an operator must act on, in sentences. */
  readonly tell?: (sentence: string) => void;
  /** For tests. */
  readonly transport?: EtcdTransport;
  /** For tests; as `EtcdClientOptions`. */
  readonly silenceMs?: number;
}

const LOOK_MS = 2_000;

/** Below the prefix, before what machines write. */
export const KEYS = 'keys';

interface HaEtcd {
  readonly place: EtcdPlace;
  readonly client: EtcdClient;
  /** The line that names the cluster, as it was when it was first seen. */
  readonly line: () => Promise<string>;
  readonly lookMs: number;
  readonly watches: Set<Watching>;
  readonly upkeep: Upkeep;
}

export function haEtcd({ place, lookMs = LOOK_MS, tell = () => {}, ...parts }: HaEtcdOptions): Port {
  const client = openClient(place, parts);
  const line = onceDone(() => takeClusterLine(client, place));
  const ha: HaEtcd = { place, client, line, lookMs, watches: new Set(), upkeep: upkeep({ place, client, tell }) };
  return createPort(
    ['ha-read', 'ha-write', 'ha-watch', 'ha-renew', 'ha-lease'],
    (request) => answerTo(ha, request).catch(failureOf),
    async () => {
      for (const watching of ha.watches) watching.close();
      client.close();
    },
  );
}

function failureOf(error: unknown): PortFailed {
  return failed(error instanceof EtcdFailure ? error.outcome : 'not-applied', ioReason(error));
}

async function answerTo(ha: HaEtcd, request: HaRequest): Promise<PortAnswer> {
  switch (request.kind) {
    case 'ha-read':
      return read(ha, request.prefix);
    case 'ha-write':
      return write(ha, request);
    case 'ha-watch':
      return watch(ha, request.key, request.afterRevision);
    case 'ha-renew':
      return renew(ha, request.epoch);
    case 'ha-lease':
      return lease(ha);
  }
}

// ---- Keys

function keyOf({ place }: HaEtcd, key: string): string {
  return `${place.prefix}/${KEYS}/${key}`;
}

function epochKeyOf({ place }: HaEtcd): string {
  return `${place.prefix}/epoch`;
}

function renewalsKeyOf({ place }: HaEtcd): string {
  return `${place.prefix}/renewals`;
}

function entryOf(ha: HaEtcd, stored: KeyValue | undefined): HaEntry | null {
  if (stored === undefined) return null;
  return { key: stored.key.slice(keyOf(ha, '').length), value: stored.value, revision: stored.modRevision };
}

function epochIn(stored: KeyValue | undefined): number {
  return stored === undefined ? 0 : Number(new TextDecoder().decode(stored.value));
}

/** Epoch 0 is that of a store without a leader. */
function hasEpoch(ha: HaEtcd, epoch: number): Compare {
  return epoch === 0 ? hasRevision(epochKeyOf(ha), 0) : hasValue(epochKeyOf(ha), String(epoch));
}

// ---- Requests

/** What is done if the conditions hold, and what is looked at if not. Throws if the prefix is no longer this cluster's. */
async function transact(
  ha: HaEtcd,
  compare: readonly Compare[],
  success: readonly Operation[],
  failure: readonly Operation[] = [],
): Promise<TransactionAnswer> {
  const line = await ha.line();
  const cluster = clusterKeyOf(ha.place);
  const answer = await ha.client.transact({
    compare: [hasValue(cluster, line), ...compare],
    success,
    failure: [range(cluster), ...failure],
  });
  if (answer.succeeded) return answer;
  const [[named] = [], ...found] = answer.found;
  const there = named === undefined ? 'nothing' : JSON.stringify(new TextDecoder().decode(named.value).trim());
  if (named === undefined || new TextDecoder().decode(named.value) !== line)
    throw new EtcdFailure(
      `${nameEtcdPlace(ha.place)} is not what it was: its key "${cluster}" was ${JSON.stringify(line.trim())}, and is ${there}`,
      { isFinal: true },
    );
  return { ...answer, found };
}

async function read(ha: HaEtcd, prefix: string): Promise<PortAnswer> {
  const { found, revision } = await transact(ha, [], [rangeOf(keyOf(ha, prefix))]);
  const entries = (found[0] ?? []).map((stored) => entryOf(ha, stored) as HaEntry);
  return { kind: 'ha-entries', entries: entries.sort((a, b) => (a.key < b.key ? -1 : 1)), revision };
}

async function write(ha: HaEtcd, request: HaWrite): Promise<PortAnswer> {
  const { key, value, ifRevision, ifEpoch } = request;
  const name = keyOf(ha, key);
  const compare = [
    ...(ifRevision === null ? [] : [hasRevision(name, ifRevision)]),
    ...(ifEpoch === null ? [] : [hasEpoch(ha, ifEpoch)]),
  ];
  const success = [
    value === null ? remove(name) : put(name, value),
    ...(key === LEADER_KEY ? [epochOf(ha, value)] : []),
  ];
  const { succeeded, revision, found } = await transact(ha, compare, success, [range(name), range(epochKeyOf(ha))]);
  if (succeeded) return { kind: 'ha-written', revision };
  const [[stored] = [], [epoch] = []] = found;
  return { kind: 'ha-conflict', entry: entryOf(ha, stored), epoch: epochIn(epoch) };
}

/** Goes with each write of the leader key; of bytes that nobody can read the epoch is 0. */
function epochOf(ha: HaEtcd, value: Uint8Array | null): Operation {
  const leader = value === null ? null : decodeLeader(value);
  return leader?.ok === true ? put(epochKeyOf(ha), String(leader.value.epoch)) : remove(epochKeyOf(ha));
}

async function renew(ha: HaEtcd, epoch: number): Promise<PortAnswer> {
  const seen = [range(keyOf(ha, LEADER_KEY)), range(epochKeyOf(ha))];
  const renewal = put(renewalsKeyOf(ha), String(epoch));
  const { succeeded, revision, found } = await transact(ha, [hasEpoch(ha, epoch)], [renewal], seen);
  if (succeeded) {
    ha.upkeep.onRenewed(revision);
    return { kind: 'ha-renewed', epoch };
  }
  const [[leader] = [], [now] = []] = found;
  return { kind: 'ha-conflict', entry: entryOf(ha, leader), epoch: epochIn(now) };
}

async function lease(ha: HaEtcd): Promise<PortAnswer> {
  const { found } = await transact(ha, [], [range(keyOf(ha, LEADER_KEY)), range(renewalsKeyOf(ha))]);
  const [[leader] = [], [renewals] = []] = found;
  return { kind: 'ha-lease', leader: entryOf(ha, leader), renewals: renewals?.version ?? 0 };
}

// ---- Watches

async function watch(ha: HaEtcd, key: string, afterRevision: number): Promise<PortAnswer> {
  const name = keyOf(ha, key);
  const look = async (): Promise<KeyState> => {
    const { found, revision } = await transact(ha, [], [range(name)]);
    return { entry: entryOf(ha, found[0]?.[0]), revision };
  };
  const watching = watchKey({
    afterRevision,
    look,
    lookMs: ha.lookMs,
    open: (from, hear) => ha.client.watch(name, from, hear),
  });
  ha.watches.add(watching);
  try {
    const { entry, revision } = await watching.changed;
    return { kind: 'ha-changed', entry, revision };
  } finally {
    ha.watches.delete(watching);
  }
}
