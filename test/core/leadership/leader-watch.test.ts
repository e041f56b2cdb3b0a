// The watch of the leader key: what is news, when it is sent again, and what goes on for ever in it.
import { expect, test } from 'vitest';
import { NEVER } from '../../../src/core/base/machine.ts';
import { Outbox } from '../../../src/core/base/outbox.ts';
import { closeRequest, createRequests } from '../../../src/core/base/requests.ts';
import {
  checkLeaderWatch,
  createLeaderWatch,
  onLeaderRead,
  onLeaderWatched,
  shiftLeaderWatch,
  watchLeader,
  type LeaderWatch,
  type WatchPurpose,
} from '../../../src/core/leadership/leader-watch.ts';
import type { ClusterVocabulary, HaEntry, PortAnswer } from '../../../src/core/protocol/ports.ts';
import { encodeLeader } from '../../../src/core/protocol/records-codec.ts';
import { takenOff } from '../base/shifts.ts';

const entryOf = (epoch: number, address: string, key = 'leader'): HaEntry => ({
  key,
  value: encodeLeader({ epoch, address, resigned: false }),
  revision: epoch,
});

function following(epoch: number, address: string): LeaderWatch {
  const watch = createLeaderWatch();
  watch.leader = { epoch, address };
  return watch;
}

function heard(watch: LeaderWatch, answer: PortAnswer): unknown {
  return onLeaderWatched(watch, answer, 100, new Outbox<ClusterVocabulary>(true));
}

test.each([
  ['a higher epoch', 2, 'jm-1', { epoch: 2, address: 'jm-1' }],
  ['another address in the same epoch', 1, 'jm-2', { epoch: 1, address: 'jm-2' }],
  ['the same again', 1, 'jm-1', null],
  ['an older epoch', 0, 'jm-2', null],
])('of %s it is known whether it is news', (_, epoch, address, news) => {
  expect(heard(following(1, 'jm-1'), { kind: 'ha-changed', entry: entryOf(epoch, address), revision: 7 })).toEqual(
    news,
  );
  const read = { kind: 'ha-entries', entries: [entryOf(9, 'jm-9', 'leader-of-others'), entryOf(epoch, address)] };
  const out = new Outbox<ClusterVocabulary>(true);
  expect(onLeaderRead(following(1, 'jm-1'), { ...read, revision: 7 } as PortAnswer, out)).toEqual(news);
});

test('the revision never falls, and what is watched is behind it', () => {
  const watch = createLeaderWatch();
  for (const revision of [3, 2]) heard(watch, { kind: 'ha-changed', entry: null, revision });
  const out = new Outbox<ClusterVocabulary>(true);
  watchLeader(watch, createRequests<WatchPurpose>(), out);
  expect(out.effects).toEqual([
    { effect: 'request', id: 1, request: { kind: 'ha-watch', key: 'leader', afterRevision: 3 } },
  ]);
});

test('it is on its way, or its retry is set, and never both', () => {
  const watch = createLeaderWatch();
  const requests = createRequests<WatchPurpose>();
  expect(() => checkLeaderWatch(watch, requests)).toThrow('the leader key is watched once');
  watchLeader(watch, requests, new Outbox<ClusterVocabulary>(false));
  checkLeaderWatch(watch, requests);
  closeRequest(requests, 1);
  heard(watch, { kind: 'stored' });
  expect(watch.retryAt).toBe(100);
  checkLeaderWatch(watch, requests);
  watchLeader(watch, requests, new Outbox<ClusterVocabulary>(false));
  watch.retryAt = 100;
  expect(() => checkLeaderWatch(watch, requests)).toThrow('the leader key is watched once');
});

test('what has passed is taken off its retry', () => {
  const watch = { ...createLeaderWatch(), revision: 5, retryAt: 100 };
  shiftLeaderWatch(watch, { ...takenOff(60), counter: (owner, _name, value) => (owner === 'ha' ? value - 2 : value) });
  expect([watch.revision, watch.retryAt]).toEqual([3, 40]);
  const sent = createLeaderWatch();
  shiftLeaderWatch(sent, takenOff(60));
  expect(sent.retryAt).toBe(NEVER);
});
