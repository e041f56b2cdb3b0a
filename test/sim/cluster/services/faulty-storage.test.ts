// Storage with faults of its own: what each does to a file, and that nothing of it outlives the file.
import { expect, test } from 'vitest';
import type { PortAnswer, PortFailed } from '../../../../src/core/protocol/ports.ts';
import {
  faultyStorageService,
  isStaleFelt,
  type StorageStrike,
} from '../../../../src/sim/cluster/services/faulty-storage.ts';
import type { StorageRequest } from '../../../../src/sim/cluster/services/storage.ts';

const bytes = Uint8Array.from({ length: 10 }, (_, index) => 1 + index);
const caller = { node: 'tm-1', incarnation: 1, request: 1 };
const put = { kind: 'storage-put', name: 'a', bytes } as const;
const get = { kind: 'storage-get', name: 'a' } as const;
const list = { kind: 'storage-list', prefix: '' } as const;
const remove = { kind: 'storage-delete', name: 'a' } as const;

function lab() {
  const service = faultyStorageService();
  const state = service.create();
  const ask = (request: StorageRequest, now = 0, strike: StorageStrike | null = null): PortAnswer | PortFailed => {
    const completions =
      strike === null
        ? service.apply(state, request, caller, now)
        : (service.applyStruck?.(state, request, caller, now, strike) ?? []);
    return completions[0]?.answer as PortAnswer | PortFailed;
  };
  return { state, ask };
}

test('without a fault it is storage', () => {
  const { state, ask } = lab();
  expect([put, get, list, remove, get].map((request) => ask(request).kind)).toEqual([
    'stored',
    'loaded',
    'listed',
    'deleted',
    'not-found',
  ]);
  expect(state.reused).toEqual([]);
});

test('a torn write leaves its first bytes, which are listed, read, replaced by the next write, and deleted', () => {
  const { state, ask } = lab();
  const torn = { kind: 'torn', part: 0.5 } as const;
  expect(ask(put, 0, torn)).toMatchObject({ kind: 'failed', outcome: 'unknown' });
  expect(ask(list)).toEqual({ kind: 'listed', names: ['a'] });
  expect(ask(get)).toEqual({ kind: 'loaded', bytes: bytes.slice(0, 5) });
  expect(ask(put)).toEqual({ kind: 'stored' });
  expect(ask(get)).toEqual({ kind: 'loaded', bytes });
  expect(state.reused).toEqual([]);
  ask(remove);
  ask(put, 0, torn);
  ask(remove);
  expect(ask(list)).toEqual({ kind: 'listed', names: [] });
  expect(ask(get)).toEqual({ kind: 'not-found' });
});

test('a stored file is never torn', () => {
  const { ask } = lab();
  ask(put);
  expect(ask(put, 0, { kind: 'torn', part: 0 })).toEqual({ kind: 'stored' });
  expect(ask(get)).toEqual({ kind: 'loaded', bytes });
});

test.each(['flipped', 'cut', 'zeroed'] as const)(
  'a read comes damaged once (%s), and what is stored stays whole',
  (damage) => {
    const { state, ask } = lab();
    ask(put);
    expect(ask(get, 0, { kind: 'corrupt', damage, place: 0.5 })).not.toEqual({ kind: 'loaded', bytes });
    expect([...state.misread]).toEqual(['a']);
    expect(ask(get)).toEqual({ kind: 'loaded', bytes });
    expect([...state.misread]).toEqual([]);
  },
);

test('a file that is damaged for good is read damaged until it is deleted', () => {
  const { state, ask } = lab();
  ask(put);
  ask({ kind: 'storage-put', name: 'b', bytes }, 0, { kind: 'damage', name: 'a' });
  expect(ask(get)).not.toEqual({ kind: 'loaded', bytes });
  expect(ask(get)).not.toEqual({ kind: 'loaded', bytes });
  ask(remove);
  expect([...state.damaged]).toEqual([]);
});

test('an old listing has files that are gone, and lacks those that came since', () => {
  const { state, ask } = lab();
  ask(put, 100);
  ask({ kind: 'storage-put', name: 'b', bytes }, 200);
  ask(remove, 300);
  const listing = (backUs: number) => ask(list, 400, { kind: 'stale', backUs });
  expect(listing(50)).toEqual({ kind: 'listed', names: ['b'] });
  expect(listing(150)).toEqual({ kind: 'listed', names: ['a', 'b'] });
  expect(listing(250)).toEqual({ kind: 'listed', names: ['a'] });
  expect(listing(350)).toEqual({ kind: 'listed', names: [] });
  expect(isStaleFelt(state, '', 250)).toBe(true);
  expect(isStaleFelt(state, '', 300)).toBe(false);
  expect(isStaleFelt(state, 'c', 0)).toBe(false);
});
