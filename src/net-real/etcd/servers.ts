// How well the members of an etcd are: each endpoint, the room that is left, and the history that they share. It writes nothing.
import type { HaCondition } from '../ha-scheme.ts';
import { ROOM, type EtcdClient } from './client.ts';
import { clusterKeyOf } from './cluster-key.ts';
import type { EtcdPlace } from './place.ts';
import { decodeStatus } from './wire.ts';

/** Where etcd does not say: its default. */
const QUOTA_BYTES = 2_147_483_648;
const MUCH = 0.5; // of the quota
/** As etcd says it. */
const NO_LEADER = '0';

export interface Servers {
  /** One of them does: it answers, and knows a leader of etcd. Without one nothing else that etcd is asked would be answered in time. */
  readonly serves: boolean;
  readonly conditions: readonly HaCondition[];
}

/** Each endpoint, and the history that they share. Never rejects. */
export async function inspectServers(place: EtcdPlace, client: EtcdClient): Promise<Servers> {
  const members = await client.statuses();
  const answer = members.some(({ failure }) => failure === null);
  const serves = members.some(({ status, failure }) => failure === null && decodeStatus(status).leader !== NO_LEADER);
  const conditions = members.map(({ endpoint, status, failure }) =>
    failure === null ? conditionOf(endpoint, status) : away(failure, !answer),
  );
  if (!serves) return { serves, conditions };
  try {
    const history = conditionOfHistory(await client.history(clusterKeyOf(place)));
    return { serves, conditions: history === null ? conditions : [...conditions, history] };
  } catch {
    return { serves, conditions }; // whoever looks at the prefix hears of it
  }
}

/** So many are there after half a day of one cluster with a checkpoint each second; who compacts does it sooner. */
const REVISIONS_MANY = 200_000;

/** Null: nothing is to be said of it. */
export function conditionOfHistory(history: {
  readonly revision: number;
  readonly isCompacted: boolean;
}): HaCondition | null {
  if (history.isCompacted || history.revision < REVISIONS_MANY) return null;
  return {
    status: 'warn',
    says: `the history of etcd, ${history.revision} revisions, was never compacted`,
    advice: COMPACTION,
  };
}

const COMPACTION =
  'start it with --auto-compaction-mode=periodic --auto-compaction-retention=1h, or, where it is for Millrace alone, name it with ?compact=10000 in --ha';

function away(failure: string, isFatal: boolean): HaCondition {
  return {
    status: isFatal ? 'fail' : 'warn',
    says: failure,
    advice: 'see that etcd runs there, and that this host can reach it; processes ask its other endpoints meanwhile',
  };
}

/** @param endpoint where it said so */
export function conditionOf(endpoint: string, answer: unknown): HaCondition {
  const { version, leader, usedBytes, quotaBytes, errors } = decodeStatus(answer);
  const quota = quotaBytes === 0 ? QUOTA_BYTES : quotaBytes;
  const says = `etcd at ${endpoint} is ${version}, and uses ${percent(usedBytes / quota)} of the room that it has`;
  if (leader === NO_LEADER)
    return {
      status: 'fail',
      says: `etcd at ${endpoint} has no leader`,
      advice: 'most of its members must run, and reach each other',
    };
  if (errors.length > 0)
    return {
      status: 'fail',
      says: `etcd at ${endpoint}: ${errors.join('; ')}`,
      advice: errors.some((error) => error.includes('NOSPACE'))
        ? `its database is full: ${ROOM}`
        : 'etcdctl alarm list says more',
    };
  if (usedBytes < MUCH * quota) return { status: 'ok', says, advice: null };
  return {
    status: 'warn',
    says,
    advice: `${COMPACTION}; etcdctl defrag gives room back`,
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.01 ? 2 : 0)} %`;
}
