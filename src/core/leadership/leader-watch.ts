// Who leads, as the leader key says: the watch of that key, as a part of any machine's state that follows a leader. It decides nothing: what a
// machine lets go of when the leader changes is its own.
import { assert } from '../base/assert.ts';
import { NEVER, type Address } from '../base/machine.ts';
import type { Outbox } from '../base/outbox.ts';
import type { Shift } from '../base/relative.ts';
import { openRequest, type Requests } from '../base/requests.ts';
import { LEADER_KEY } from '../protocol/ha-keys.ts';
import type { ClusterVocabulary, HaEntry, PortAnswer, PortFailed } from '../protocol/ports.ts';
import { unreadableBytes } from '../protocol/reasons.ts';
import { decodeLeader } from '../protocol/records-codec.ts';

export interface Leader {
  readonly epoch: number;
  readonly address: Address;
}

export interface LeaderWatch {
  /** Whom the machine follows; null: nobody yet. Its epoch never falls. */
  leader: Leader | null;
  /** Revision of the leader key as last seen; 0: never. */
  revision: number;
  /** When a watch that failed is sent again, in ms on the node's clock; NEVER: one is on its way. */
  retryAt: number;
}

/** What the request of a watch is for, among a machine's own purposes. */
export type WatchPurpose = 'watch-leader';

export function createLeaderWatch(): LeaderWatch {
  return { leader: null, revision: 0, retryAt: NEVER };
}

/** Asks for the next change of the leader key. */
export function watchLeader<P>(
  watch: LeaderWatch,
  requests: Requests<P | WatchPurpose>,
  out: Outbox<ClusterVocabulary>,
): void {
  watch.retryAt = NEVER;
  const id = openRequest(requests, 'watch-leader');
  out.request(id, { kind: 'ha-watch', key: LEADER_KEY, afterRevision: watch.revision });
}

/**
 * Takes over the answer to a watch. Unless `retryAt` is then the time of the next one, the machine watches again, once it has acted on the news.
 *
 * @param retryAt when a watch that failed is sent again, in ms
 * @returns the new leader, which the machine puts into `watch` when it has let go of the old one; null: nothing new
 */
export function onLeaderWatched(
  watch: LeaderWatch,
  answer: PortAnswer | PortFailed,
  retryAt: number,
  out: Outbox<ClusterVocabulary>,
): Leader | null {
  if (answer.kind !== 'ha-changed') {
    watch.retryAt = retryAt;
    return null;
  }
  watch.revision = Math.max(watch.revision, answer.revision);
  return answer.entry === null ? null : newLeader(watch, answer.entry, out);
}

/** The new leader in the answer to a read of the leader key, as `onLeaderWatched` returns it. */
export function onLeaderRead(
  watch: LeaderWatch,
  answer: PortAnswer | PortFailed,
  out: Outbox<ClusterVocabulary>,
): Leader | null {
  if (answer.kind !== 'ha-entries') return null;
  const entry = answer.entries.find(({ key }) => key === LEADER_KEY);
  return entry === undefined ? null : newLeader(watch, entry, out);
}

function newLeader(watch: LeaderWatch, entry: HaEntry, out: Outbox<ClusterVocabulary>): Leader | null {
  const record = decodeLeader(entry.value);
  if (!record.ok) {
    if (out.noted) out.note({ kind: 'leader-unreadable', reason: unreadableBytes(record.reason) });
    return null;
  }
  const { epoch, address } = record.value;
  return isNews(watch.leader, { epoch, address }) ? { epoch, address } : null;
}

/** Epochs only rise: an older entry is news from the past. */
function isNews(known: Leader | null, found: Leader): boolean {
  if (known === null || found.epoch > known.epoch) return true;
  return found.epoch === known.epoch && found.address !== known.address;
}

/** Throws unless one watch is on its way, or its retry is set. To be asked once the machine has started. */
export function checkLeaderWatch<P>(watch: LeaderWatch, { pending }: Requests<P | WatchPurpose>): void {
  let sent = 0;
  for (const purpose of pending.values()) if (purpose === 'watch-leader') sent += 1;
  assert(sent === (watch.retryAt === NEVER ? 1 : 0), 'the leader key is watched once, or is going to be');
}

/** The revision is counted by the HA service. */
export function shiftLeaderWatch(watch: LeaderWatch, by: Shift): void {
  watch.revision = by.counter('ha', 'revision', watch.revision);
  watch.retryAt = by.moment(watch.retryAt);
}
