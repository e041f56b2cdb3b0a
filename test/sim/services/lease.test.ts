// Leases: one holder at a time, tokens that rise, time of the service.
import { expect, test } from 'vitest';
import { leaseHolder, leaseService, type LeaseRequest } from '../../../src/sim/services/lease.ts';
import { labOf } from './lab.ts';

const MS = 1_000;
const acquire: LeaseRequest = { kind: 'lease-acquire', lease: 'l', forMs: 100 };
const renew = (token: number): LeaseRequest => ({ kind: 'lease-renew', lease: 'l', token, forMs: 100 });
const release = (token: number): LeaseRequest => ({ kind: 'lease-release', lease: 'l', token });

const granted = (token: number): object => ({ kind: 'lease-granted', lease: 'l', token, forMs: 100 });
const lost = (token: number): object => ({ kind: 'lease-lost', lease: 'l', token });

test('one holds it until it expires; then the next gets a higher token, and the old one holds nothing', () => {
  const { ask, state } = labOf(leaseService());
  expect(ask(acquire, 'a', 0)).toEqual([granted(1)]);
  expect(ask(acquire, 'b', 40 * MS)).toEqual([
    { kind: 'lease-refused', lease: 'l', holder: 'a', token: 1, expiresInMs: 60 },
  ]);
  expect(leaseHolder(state, 'l', 99 * MS)?.holder).toBe('a');
  expect(leaseHolder(state, 'l', 100 * MS)).toBeNull();
  expect(ask(acquire, 'b', 100 * MS)).toEqual([granted(2)]);
  expect(ask(renew(1), 'a', 101 * MS)).toEqual([lost(1)]);
  expect(ask(release(1), 'a', 101 * MS)).toEqual([lost(1)]);
  expect(leaseHolder(state, 'l', 101 * MS)).toMatchObject({ holder: 'b', token: 2 });
});

test('it lasts longer when it is renewed in time, and not when it is late', () => {
  const { ask } = labOf(leaseService());
  ask(acquire, 'a', 0);
  expect(ask(renew(1), 'a', 99 * MS)).toEqual([granted(1)]);
  expect(ask(acquire, 'b', 198 * MS)).toMatchObject([{ kind: 'lease-refused' }]);
  expect(ask(renew(1), 'a', 199 * MS)).toEqual([lost(1)]);
  expect(ask(acquire, 'a', 199 * MS)).toEqual([granted(2)]);
});

test('a holder that asks again gets its own token; it is free when it was released', () => {
  const { ask } = labOf(leaseService());
  ask(acquire, 'a', 0);
  expect(ask(acquire, 'a', 50 * MS)).toEqual([granted(1)]);
  expect(ask(release(1), 'a', 120 * MS)).toEqual([{ kind: 'lease-released', lease: 'l' }]);
  expect(ask(acquire, 'b', 120 * MS)).toEqual([granted(2)]);
});

test('the next incarnation of its holder is another one', () => {
  const service = leaseService();
  const { ask, state } = labOf(service);
  ask(acquire, 'a', 0);
  const [again] = service.apply(state, acquire, { node: 'a', incarnation: 2, request: 1 }, 10 * MS);
  expect(again?.answer).toMatchObject({ kind: 'lease-refused', holder: 'a' });
});
