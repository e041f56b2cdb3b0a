// Checkpoint storage, simulated and in a directory: immutable blobs under names that are never reused.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PortRequest } from '../../src/core/protocol/ports.ts';
import type { Port } from '../../src/net-real/port.ts';
import { storageDirectory } from '../../src/net-real/storage-directory.ts';
import { storageService } from '../../src/sim/cluster/services/storage.ts';
import { folderStore, simulatedStore, type Answer, type Fate, type Store } from './lab.ts';

const stores: readonly (readonly [string, () => Store])[] = [
  ['simulated', () => simulatedStore(storageService())],
  [
    'directory',
    () =>
      folderStore((folder, disk) => storageDirectory({ folder, disk }), {
        'storage-put': ['link', ''],
        'storage-delete': ['remove', 'job-1'],
      }),
  ],
];

const put = (name: string, ...bytes: number[]): PortRequest => ({
  kind: 'storage-put',
  name,
  bytes: Uint8Array.from(bytes),
});
const get = (name: string): PortRequest => ({ kind: 'storage-get', name });
const list = (prefix = ''): PortRequest => ({ kind: 'storage-list', prefix });
const remove = (name: string): PortRequest => ({ kind: 'storage-delete', name });

const stored = { kind: 'stored' };
const deleted = { kind: 'deleted' };
const missing = { kind: 'not-found' };
const taken = { kind: 'failed', outcome: 'not-applied' };
const loaded = (...bytes: number[]): Answer => ({ kind: 'loaded', bytes: Uint8Array.from(bytes) });
const listed = (...names: string[]): Answer => ({ kind: 'listed', names });

const name = 'job-1/chk-3/e1-a2/v0-s1';
const files = [
  put('job-1/chk-1/a', 1),
  put('job-1/chk-10/a', 2),
  put('job-1/chk-1/b', 3),
  put('job-10/x', 4),
  put('y', 5),
];

describe.each(stores)('%s', (_, create) => {
  let store: Store;
  let port: Port;
  beforeEach(() => {
    store = create();
    port = store.open();
  });
  afterEach(() => store.close());

  const ask = (request: PortRequest): Promise<Answer> => store.open().request(request);

  test.each<[string, readonly PortRequest[], PortRequest, unknown]>([
    ['what was put can be read', [put(name, 1, 2)], get(name), loaded(1, 2)],
    ['an empty blob is a blob', [put(name)], get(name), loaded()],
    ['what was not put is not there', [], get(name), missing],
    ['a folder is no blob', [put(name)], get('job-1/chk-3'), missing],
    ['nothing lies below a blob', [put(name)], get(`${name}/x`), missing],
    ['what was deleted is not there', [put(name, 1), remove(name)], get(name), missing],
    ['deleting what is not there is no mistake', [], remove(name), deleted],
    ['deleting again is none either', [put(name, 1), remove(name)], remove(name), deleted],
    ['deleting a folder deletes nothing', [put(name, 1), remove('job-1/chk-3')], get(name), loaded(1)],
    ['deleting leaves the neighbours', [put(name, 1), put(`${name}0`, 2), remove(name)], get(`${name}0`), loaded(2)],
    ['the same bytes may be put again', [put(name, 1, 2)], put(name, 1, 2), stored],
    ['other bytes are refused', [put(name, 1, 2)], put(name, 1, 3), taken],
    ['fewer bytes are refused', [put(name, 1, 2)], put(name, 1), taken],
    ['more bytes are refused', [put(name, 1, 2)], put(name, 1, 2, 3), taken],
    ['no bytes are refused', [put(name, 1, 2)], put(name), taken],
    ['a refused put changes nothing', [put(name, 1), put(name, 2)], get(name), loaded(1)],
    ['a freed name can be used', [put(name, 1), remove(name), put(name, 2)], get(name), loaded(2)],
    ['nothing is listed', [], list(), listed()],
    [
      'all is listed, sorted',
      files,
      list(),
      listed('job-1/chk-1/a', 'job-1/chk-1/b', 'job-1/chk-10/a', 'job-10/x', 'y'),
    ],
    ['a folder is listed', files, list('job-1/'), listed('job-1/chk-1/a', 'job-1/chk-1/b', 'job-1/chk-10/a')],
    [
      'a prefix is listed',
      files,
      list('job-1'),
      listed('job-1/chk-1/a', 'job-1/chk-1/b', 'job-1/chk-10/a', 'job-10/x'),
    ],
    ['a prefix of a file is listed', files, list('job-1/chk-10/'), listed('job-1/chk-10/a')],
    ['a name is listed', files, list('job-1/chk-1/b'), listed('job-1/chk-1/b')],
    ['nothing has that prefix', files, list('job-2'), listed()],
    ['what was deleted is not listed', [...files, remove('y')], list('y'), listed()],
    ['names may be odd', [put('jöb 1/%41/ .a', 7)], list(), listed('jöb 1/%41/ .a')],
  ])('%s', async (_, before, request, expected) => {
    for (const one of before) await port.request(one);
    expect(await ask(request)).toMatchObject(expected as object);
    expect(await port.request(get('never'))).toEqual(missing);
  });

  test('a large blob comes back as it was', async () => {
    const bytes = Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * 7) % 251);
    expect(await port.request({ kind: 'storage-put', name, bytes })).toEqual(stored);
    const answer = await ask(get(name));
    expect(answer.kind === 'loaded' && Buffer.compare(answer.bytes, bytes) === 0).toBe(true);
    expect(answer.kind === 'loaded' && Object.getPrototypeOf(answer.bytes) === Uint8Array.prototype).toBe(true);
  });

  describe('races', () => {
    test('puts of the same bytes under one name all succeed', async () => {
      const puts = [port, store.open(), store.open()].map((one) => one.request(put(name, 1, 2, 3)));
      for (const answer of await Promise.all(puts)) expect(answer).toEqual(stored);
      expect(await ask(get(name))).toEqual(loaded(1, 2, 3));
    });

    test('of puts of other bytes under one name one succeeds, and its bytes are there', async () => {
      const ports = [port, store.open(), store.open()];
      const answers = await Promise.all(ports.map((one, index) => one.request(put(name, index))));
      expect(answers.map((answer) => answer.kind).sort()).toEqual(['failed', 'failed', 'stored']);
      const winner = answers.findIndex((answer) => answer.kind === 'stored');
      expect(await ask(get(name))).toEqual(loaded(winner));
    });

    test('puts into a folder that others empty all succeed', async () => {
      async function churn(process: Port, id: number): Promise<void> {
        for (let round = 0; round < 15; round++) {
          expect(await process.request(put(`a/b/${id}-${round}`, id))).toEqual(stored);
          expect(await process.request(get(`a/b/${id}-${round}`))).toEqual(loaded(id));
          expect(await process.request(remove(`a/b/${id}-${round}`))).toEqual(deleted);
        }
      }
      await Promise.all([port, store.open(), store.open()].map(churn));
      expect(await ask(list())).toEqual(listed());
    });
  });

  describe('a process that was stopped and wakes up late', () => {
    test('puts, or finds the name taken', async () => {
      const zombies = [store.openStopped('storage-put'), store.openStopped('storage-put')] as const;
      const late = [zombies[0].port.request(put('a', 1)), zombies[1].port.request(put('b', 1))];
      await Promise.all(zombies.map((zombie) => zombie.stopped));
      expect(await ask(list())).toEqual(listed());
      await port.request(put('b', 2));
      for (const zombie of zombies) zombie.wake();
      expect(await late[0]).toEqual(stored);
      expect(await late[1]).toMatchObject(taken);
      expect(await ask(get('a'))).toEqual(loaded(1));
      expect(await ask(get('b'))).toEqual(loaded(2));
    });

    test('puts into a folder that was emptied meanwhile', async () => {
      const zombie = store.openStopped('storage-put');
      const late = zombie.port.request(put('a/b/c', 1));
      await zombie.stopped;
      await port.request(put('a/b/d', 2));
      await port.request(remove('a/b/d'));
      zombie.wake();
      expect(await late).toEqual(stored);
      expect(await ask(list())).toEqual(listed('a/b/c'));
    });
  });

  describe.each<Fate>(['applied', 'not applied'])('of unknown outcome, and %s', (fate) => {
    test('a put can be repeated', async () => {
      const unlucky = store.openUnknown('storage-put', fate);
      expect(await unlucky.request(put(name, 1))).toMatchObject({ kind: 'failed', outcome: 'unknown' });
      expect(await ask(get(name))).toEqual(fate === 'applied' ? loaded(1) : missing);
      expect(await unlucky.request(put(name, 1))).toEqual(stored);
      expect(await ask(get(name))).toEqual(loaded(1));
    });

    test('a deletion can be repeated', async () => {
      await port.request(put(name, 1));
      const unlucky = store.openUnknown('storage-delete', fate);
      expect(await unlucky.request(remove(name))).toMatchObject({ kind: 'failed', outcome: 'unknown' });
      expect(await ask(get(name))).toEqual(fate === 'applied' ? missing : loaded(1));
      expect(await unlucky.request(remove(name))).toEqual(deleted);
      expect(await ask(list())).toEqual(listed());
    });
  });
});
