// What only the simulated storage has: it flags names that are used again. The contract itself is in test/conformance/storage.test.ts.
import { expect, test } from 'vitest';
import { storageService, type StorageRequest } from '../../../../src/sim/cluster/services/storage.ts';

const service = storageService();
const caller = { node: 'tm-1', incarnation: 1, request: 1 };
const put = (...bytes: number[]): StorageRequest => ({ kind: 'storage-put', name: 'a', bytes: Uint8Array.from(bytes) });

test.each([[[2]], [[1, 2]], [[]]])('other bytes %j under a name in use are flagged', (bytes) => {
  const state = service.create();
  for (const request of [put(1), put(1), put(...bytes)]) service.apply(state, request, caller, 0);
  expect(state.blobs.get('a')).toEqual(Uint8Array.of(1));
  expect(state.reused).toEqual(['a']);
});

test('puts and deletes change what is stored, reads do not', () => {
  const requests: readonly StorageRequest[] = [
    put(1),
    { kind: 'storage-delete', name: 'a' },
    { kind: 'storage-get', name: 'a' },
    { kind: 'storage-list', prefix: '' },
  ];
  expect(requests.map((request) => service.writes(request))).toEqual([true, true, false, false]);
});
