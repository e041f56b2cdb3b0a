// A barrier that was never emitted leaves numbers without a hole, for both ends of its channel.
import { expect, test } from 'vitest';
import type { Envelope } from '../../../../src/core/base/vocabulary.ts';
import type { FaultState } from '../../../../src/sim/cluster/faults/rule.ts';
import {
  noteSkipped,
  renumbered,
  towardsConsumer,
  towardsProducer,
} from '../../../../src/sim/cluster/faults/skipped-barriers.ts';

const channel = { jobId: 'j', epoch: 1, edge: 0, producer: 0, producerAttempt: 1, consumer: 1, consumerAttempt: 1 };

test.each([
  ['before what was taken out', 4, [5], 4],
  ['what was taken out, as the last number sent', 5, [5], 4],
  ['behind it', 6, [5], 5],
  ['between two', 7, [5, 9], 6],
  ['behind two', 12, [5, 9], 10],
])('numbers go down towards the consumer: %s', (_, number, skipped, expected) => {
  expect(towardsConsumer(number, skipped)).toBe(expected);
});

test.each([
  ['well before what was taken out', 3, [5], 3],
  ['directly before: it counts as received', 4, [5], 5],
  ['behind it', 5, [5], 6],
  ['two in a row', 4, [5, 6], 6],
  ['behind two', 10, [5, 9], 12],
])('numbers go up towards the producer: %s', (_, number, skipped, expected) => {
  expect(towardsProducer(number, skipped)).toBe(expected);
});

test('whatever the producer sent last comes back to it as received', () => {
  for (const skipped of [[1], [3, 4], [2, 7, 8]]) {
    for (let last = 8; last < 20; last++) expect(towardsProducer(towardsConsumer(last, skipped), skipped)).toBe(last);
  }
});

test('only messages of that channel are renumbered', () => {
  const state: FaultState = { hits: 0, burstAt: 0, skipped: new Map() };
  noteSkipped(state, channel, 3);
  const status = (of: object): Envelope => ({
    effect: 'send',
    streamClass: 'data',
    from: 'tm-1',
    to: 'tm-2',
    kind: 'channel-status',
    body: { channel: of, lastSequence: 4, backlog: 0 },
  });
  expect(renumbered(state, status(channel)).body).toMatchObject({ lastSequence: 3 });
  const other = status({ ...channel, consumerAttempt: 2 });
  expect(renumbered(state, other)).toBe(other);
});
