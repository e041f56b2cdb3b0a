// The HA service: conditional writes by revision and epoch, watches that complete once, renewals that count for the leader alone.
import { describe, expect, test } from 'vitest';
import { encodeLeader } from '../../../../src/core/protocol/records-codec.ts';
import { haService, leaderEpoch, type HaRequest, type HaState } from '../../../../src/sim/cluster/services/ha.ts';
import type { Caller } from '../../../../src/sim/service.ts';

const service = haService();
const one = Uint8Array.of(1);
const two = Uint8Array.of(2);
const caller = (request: number, node = 'jm-1', incarnation = 1): Caller => ({ node, incarnation, request });
const leaderOf = (epoch: number): Uint8Array => encodeLeader({ epoch, address: `jm-${epoch}` });

const write = (
  key: string,
  value: Uint8Array | null,
  ifRevision: number | null = null,
  ifEpoch: number | null = null,
): HaRequest => ({
  kind: 'ha-write',
  key,
  value,
  ifRevision,
  ifEpoch,
});

function after(...requests: HaRequest[]): HaState {
  const state = service.create();
  for (const request of requests) service.apply(state, request, caller(0), 0);
  return state;
}

function ask(state: HaState, request: HaRequest): unknown {
  return service.apply(state, request, caller(9), 0).find((completion) => completion.caller.request === 9)?.answer;
}

describe('conditional writes', () => {
  const stored = [write('leader', leaderOf(3)), write('a', one)]; // leader at revision 1, a at revision 2
  test.each<[string, HaRequest, string]>([
    ['a new key, if it does not exist', write('b', one, 0), 'ha-written'],
    ['a key that exists, if it does not exist', write('a', two, 0), 'ha-conflict'],
    ['its revision', write('a', two, 2), 'ha-written'],
    ['an older revision', write('a', two, 1), 'ha-conflict'],
    ['a revision of a key that is not there', write('b', two, 1), 'ha-conflict'],
    ['whatever it is', write('a', two), 'ha-written'],
    ['the epoch of the leader', write('a', two, null, 3), 'ha-written'],
    ['the epoch of a deposed leader', write('a', two, null, 2), 'ha-conflict'],
    ['an epoch that is yet to come', write('a', two, null, 4), 'ha-conflict'],
    ['the revision, but not the epoch', write('a', two, 2, 2), 'ha-conflict'],
    ['a deletion under a condition that holds', write('a', null, 2, 3), 'ha-written'],
    ['a deletion under one that does not', write('a', null, 1, 3), 'ha-conflict'],
  ])('%s', (_, request, expected) => {
    expect(ask(after(...stored), request)).toMatchObject({ kind: expected });
  });

  test('a refused write changes nothing and says what is there', () => {
    const state = after(...stored);
    expect(ask(state, write('a', two, 1))).toEqual({
      kind: 'ha-conflict',
      entry: { key: 'a', value: one, revision: 2 },
      epoch: 3,
    });
    expect(state.entries.get('a')).toEqual({ value: one, revision: 2 });
    expect(state.revision).toBe(2);
  });

  test('raising the epoch is such a write, and fences the writes of the old leader', () => {
    const state = after(...stored);
    ask(state, write('leader', leaderOf(4), 1));
    expect(leaderEpoch(state)).toBe(4);
    expect(ask(state, write('a', two, 2, 3))).toMatchObject({ kind: 'ha-conflict', epoch: 4 });
  });

  test('epoch 0 is that of a store without a leader', () => {
    expect(ask(after(), write('a', one, 0, 0))).toMatchObject({ kind: 'ha-written' });
    expect(ask(after(), write('a', one, 0, 1))).toEqual({ kind: 'ha-conflict', entry: null, epoch: 0 });
  });
});

test('a read gives all entries with the prefix, sorted, at one revision', () => {
  const state = after(write('job/b', two), write('job/a', one), write('other', one));
  expect(ask(state, { kind: 'ha-read', prefix: 'job/' })).toEqual({
    kind: 'ha-entries',
    entries: [
      { key: 'job/a', value: one, revision: 2 },
      { key: 'job/b', value: two, revision: 1 },
    ],
    revision: 3,
  });
});

describe('watches', () => {
  const watch: HaRequest = { kind: 'ha-watch', key: 'a', afterRevision: 1 };

  test('complete at once if the key was written after the revision', () => {
    expect(ask(after(write('b', one), write('a', one)), watch)).toMatchObject({
      kind: 'ha-changed',
      entry: { revision: 2 },
    });
  });

  test('wait for the next write of their key, and complete once', () => {
    const state = after(write('a', one));
    expect(service.apply(state, watch, caller(5), 0)).toEqual([]);
    expect(service.apply(state, write('b', one), caller(6), 0).map((completion) => completion.caller.request)).toEqual([
      6,
    ]);
    const completions = service.apply(state, write('a', two), caller(7), 0);
    expect(completions.map((completion) => completion.caller.request)).toEqual([7, 5]);
    expect(completions[1]?.answer).toMatchObject({ kind: 'ha-changed', entry: { value: two } });
    expect(service.apply(state, write('a', one), caller(8), 0)).toHaveLength(1);
  });

  test('see a deletion, also one that was before them', () => {
    const state = after(write('a', one), write('a', null));
    expect(ask(state, watch)).toEqual({ kind: 'ha-changed', entry: null, revision: 2 });
  });

  test('a refused write completes none', () => {
    const state = after(write('a', one));
    service.apply(state, watch, caller(5), 0);
    expect(service.apply(state, write('a', two, 7), caller(6), 0)).toHaveLength(1);
    expect(state.watches).toHaveLength(1);
  });

  test('those of a dead incarnation are forgotten, those of its successor are not', () => {
    const state = after(write('a', one));
    service.apply(state, watch, caller(5, 'tm-1', 1), 0);
    service.apply(state, watch, caller(5, 'tm-1', 2), 0);
    service.forget(state, 'tm-1', 1);
    expect(state.watches.map((waiting) => waiting.caller.incarnation)).toEqual([2]);
  });
});

test('renewals count for the leader alone', () => {
  const state = after(write('leader', leaderOf(2)));
  expect(ask(state, { kind: 'ha-renew', epoch: 2 })).toEqual({ kind: 'ha-renewed', epoch: 2 });
  expect(ask(state, { kind: 'ha-renew', epoch: 1 })).toMatchObject({ kind: 'ha-conflict', epoch: 2 });
  expect(ask(state, { kind: 'ha-lease' })).toMatchObject({
    kind: 'ha-lease',
    leader: { key: 'leader', revision: 1 },
    renewals: 1,
  });
});

test('a lease of nobody has no leader', () => {
  expect(ask(after(), { kind: 'ha-lease' })).toEqual({ kind: 'ha-lease', leader: null, renewals: 0 });
});
