// What only the simulated HA service has: who waits is part of its state. The contract itself is in test/conformance/ha.test.ts.
import { expect, test } from 'vitest';
import { encodeLeader } from '../../../../src/core/protocol/records-codec.ts';
import { haService, leaderEpoch, type HaRequest, type HaState } from '../../../../src/sim/cluster/services/ha.ts';
import type { Caller } from '../../../../src/sim/service.ts';

const service = haService();
const caller = (request: number, node = 'jm-1', incarnation = 1): Caller => ({ node, incarnation, request });
const watch: HaRequest = { kind: 'ha-watch', key: 'a', afterRevision: 1 };

function write(key: string, value: Uint8Array): HaRequest {
  return { kind: 'ha-write', key, value, ifRevision: null, ifEpoch: null };
}

function after(...requests: HaRequest[]): HaState {
  const state = service.create();
  for (const request of requests) service.apply(state, request, caller(0), 0);
  return state;
}

test('a write completes itself first, then who watches', () => {
  const state = after(write('a', Uint8Array.of(1)));
  expect(service.apply(state, watch, caller(5), 0)).toEqual([]);
  const completions = service.apply(state, write('a', Uint8Array.of(2)), caller(7), 0);
  expect(completions.map((completion) => completion.caller.request)).toEqual([7, 5]);
  expect(state.watches).toEqual([]);
});

test('watches of a dead incarnation are forgotten, those of its successor are not', () => {
  const state = after(write('a', Uint8Array.of(1)));
  service.apply(state, watch, caller(5, 'tm-1', 1), 0);
  service.apply(state, watch, caller(5, 'tm-1', 2), 0);
  service.forget(state, 'tm-1', 1);
  expect(state.watches.map((waiting) => waiting.caller.incarnation)).toEqual([2]);
});

test('the epoch that holds is that of the leader key', () => {
  expect(leaderEpoch(after())).toBe(0);
  expect(leaderEpoch(after(write('leader', encodeLeader({ epoch: 4, address: 'jm-4', resigned: false }))))).toBe(4);
});
