// Checkpoint storage: immutable blobs under names that are never reused.
import { expect, test } from 'vitest';
import {
  storageService,
  type StorageRequest,
  type StorageState,
} from '../../../../src/sim/cluster/services/storage.ts';

const service = storageService();
const caller = { node: 'tm-1', incarnation: 1, request: 1 };
const put = (name: string, ...bytes: number[]): StorageRequest => ({
  kind: 'storage-put',
  name,
  bytes: Uint8Array.from(bytes),
});
const get = (name: string): StorageRequest => ({ kind: 'storage-get', name });

function after(...requests: StorageRequest[]): StorageState {
  const state = service.create();
  for (const request of requests) service.apply(state, request, caller, 0);
  return state;
}

test.each<[string, StorageRequest[], StorageRequest, unknown]>([
  ['what was put can be read', [put('a', 1, 2)], get('a'), { kind: 'loaded', bytes: Uint8Array.of(1, 2) }],
  ['what was not put is not there', [], get('a'), { kind: 'not-found' }],
  [
    'what was deleted is not there',
    [put('a', 1), { kind: 'storage-delete', name: 'a' }],
    get('a'),
    { kind: 'not-found' },
  ],
  ['deleting what is not there is no mistake', [], { kind: 'storage-delete', name: 'a' }, { kind: 'deleted' }],
  ['the same bytes may be put again', [put('a', 1)], put('a', 1), { kind: 'stored' }],
  [
    'names are listed by prefix, sorted',
    [put('j/b'), put('j/a'), put('k')],
    { kind: 'storage-list', prefix: 'j/' },
    { kind: 'listed', names: ['j/a', 'j/b'] },
  ],
])('%s', (_, before, request, expected) => {
  expect(service.apply(after(...before), request, caller, 0)).toEqual([{ caller, answer: expected }]);
});

test.each([[[2]], [[1, 2]], [[]]])('other bytes %j under a name in use are refused and flagged', (bytes) => {
  const state = after(put('a', 1));
  const [completion] = service.apply(state, put('a', ...bytes), caller, 0);
  expect(completion?.answer).toMatchObject({ kind: 'failed', outcome: 'not-applied' });
  expect(state.blobs.get('a')).toEqual(Uint8Array.of(1));
  expect(state.reused).toEqual(['a']);
});

test('puts and deletes change what is stored, reads do not', () => {
  expect(
    [
      put('a'),
      { kind: 'storage-delete', name: 'a' } as const,
      get('a'),
      { kind: 'storage-list', prefix: '' } as const,
    ].map((request) => service.writes(request)),
  ).toEqual([true, true, false, false]);
});
