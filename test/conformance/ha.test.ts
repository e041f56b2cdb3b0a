// The HA service, simulated, in a directory and in etcd: conditional writes that fence, whoever was stopped for however long; watches; leases.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decodeLeader, encodeLeader } from '../../src/core/protocol/records-codec.ts';
import type { PortRequest } from '../../src/core/protocol/ports.ts';
import { haDirectory } from '../../src/net-real/ha-directory.ts';
import type { Port } from '../../src/net-real/port.ts';
import { haService } from '../../src/sim/cluster/services/ha.ts';
import { noEtcd, startEtcd, type EtcdServer } from '../net-real/etcd/etcd-server.ts';
import { etcdStore } from './etcd-lab.ts';
import { folderStore, simulatedStore, type Answer, type Fate, type Store } from './lab.ts';

const POLL_MS = 1; // of watches: the suite waits for them

let server: EtcdServer | null = null;
beforeAll(async () => {
  if (noEtcd === null) server = await startEtcd();
}, 60_000);
afterAll(() => server?.close());

const inDirectory = (entriesMax?: number) => () =>
  folderStore(
    (folder, disk) =>
      haDirectory({ folder, disk, pollMs: POLL_MS, ...(entriesMax === undefined ? {} : { entriesMax }) }),
    { 'ha-write': ['link', '/0000'] }, // an entry, and no snapshot
  );

const inEtcd = (strikes: boolean) => () => etcdStore(server as EtcdServer, strikes);

/** Its name, how it is made, and what is missing for it. */
type Kind = readonly [string, () => Store | Promise<Store>, string | null];

const stores: readonly Kind[] = [
  ['simulated', () => simulatedStore(haService()), null],
  ['directory', inDirectory(), null],
  ['a directory that is compacted behind each write', inDirectory(1), null],
  ['a directory that is compacted behind every third write', inDirectory(3), null],
  ['etcd', inEtcd(false), noEtcd],
  ['an etcd that is killed and stands still in between', inEtcd(true), noEtcd],
];

const one = Uint8Array.of(1);
const two = Uint8Array.of(2);
const leaderOf = (epoch: number, address = `jm-${epoch}`): Uint8Array =>
  encodeLeader({ epoch, address, resigned: false });

function write(
  key: string,
  value: Uint8Array | null,
  ifRevision: number | null = null,
  ifEpoch: number | null = null,
): PortRequest {
  return { kind: 'ha-write', key, value, ifRevision, ifEpoch };
}

const read = (prefix = ''): PortRequest => ({ kind: 'ha-read', prefix });
const watch = (key: string, afterRevision: number): PortRequest => ({ kind: 'ha-watch', key, afterRevision });
const renew = (epoch: number): PortRequest => ({ kind: 'ha-renew', epoch });
const lease: PortRequest = { kind: 'ha-lease' };

describe.each(stores)('%s', (_, create, missing) => {
  if (missing !== null) return test.skip(missing, () => {});
  let store: Store;
  let port: Port;
  beforeEach(async () => {
    store = await create();
    port = store.open();
  });
  afterEach(() => store.close());

  async function after(...requests: PortRequest[]): Promise<void> {
    for (const request of requests) await port.request(request);
  }

  /** Asked by another process than the one that wrote. */
  const ask = (request: PortRequest): Promise<Answer> => store.open().request(request);

  describe('conditional writes', () => {
    const stored = [write('leader', leaderOf(3)), write('a', one)]; // leader at revision 1, a at revision 2
    test.each<[string, PortRequest, string]>([
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
      ['a deletion of what is not there', write('b', null), 'ha-written'],
    ])('%s', async (_, request, expected) => {
      await after(...stored);
      expect(await ask(request)).toMatchObject({ kind: expected });
    });

    test('a refused write changes nothing and says what is there', async () => {
      await after(...stored);
      const there = { key: 'a', value: one, revision: 2 };
      expect(await ask(write('a', two, 1))).toEqual({ kind: 'ha-conflict', entry: there, epoch: 3 });
      expect(await ask(read('a'))).toEqual({ kind: 'ha-entries', entries: [there], revision: 2 });
    });

    test('the answer names the revision, which rises over all keys', async () => {
      await after(...stored);
      expect(await ask(write('b', one))).toEqual({ kind: 'ha-written', revision: 3 });
      expect(await port.request(write('c', one))).toEqual({ kind: 'ha-written', revision: 4 });
    });

    test('raising the epoch is such a write, and fences the writes of the old leader', async () => {
      await after(...stored);
      await ask(write('leader', leaderOf(4), 1));
      expect(await port.request(write('a', two, 2, 3))).toMatchObject({ kind: 'ha-conflict', epoch: 4 });
    });

    test('a leader resigns under its own epoch, and its successor counts on from there; a deposed one resigns for nobody', async () => {
      const resigned = encodeLeader({ epoch: 3, address: 'jm-3', resigned: true });
      await after(...stored);
      expect(await port.request(write('leader', resigned, null, 3))).toEqual({ kind: 'ha-written', revision: 3 });
      expect(await ask(lease)).toMatchObject({ leader: { key: 'leader', value: resigned, revision: 3 } });
      expect(await ask(write('a', two, null, 3))).toMatchObject({ kind: 'ha-written' });
      expect(await ask(write('leader', leaderOf(4), 3))).toMatchObject({ kind: 'ha-written' });
      expect(await port.request(write('leader', resigned, null, 3))).toMatchObject({ kind: 'ha-conflict', epoch: 4 });
    });

    test('epoch 0 is that of a store without a leader', async () => {
      expect(await ask(write('a', one, 0, 1))).toEqual({ kind: 'ha-conflict', entry: null, epoch: 0 });
      expect(await ask(write('a', one, 0, 0))).toMatchObject({ kind: 'ha-written' });
    });

    test('an empty value is a value', async () => {
      await after(write('a', new Uint8Array()));
      expect(await ask(read())).toMatchObject({ entries: [{ key: 'a', value: new Uint8Array() }] });
    });
  });

  test('a read gives all entries with the prefix, sorted, at one revision', async () => {
    await after(write('job/b', two), write('job/ä/..', one), write('job/a', one), write('other', one));
    expect(await ask(read('job/'))).toEqual({
      kind: 'ha-entries',
      entries: [
        { key: 'job/a', value: one, revision: 3 },
        { key: 'job/b', value: two, revision: 1 },
        { key: 'job/ä/..', value: one, revision: 2 },
      ],
      revision: 4,
    });
  });

  test('what is acknowledged to one process is seen by all, at once and later', async () => {
    const others = [store.open(), store.open()];
    for (let number = 1; number <= 20; number++) {
      await port.request(write('a', Uint8Array.of(number)));
      for (const other of others)
        expect(await other.request(read())).toMatchObject({ entries: [{ value: Uint8Array.of(number) }] });
    }
    expect(await ask(read())).toMatchObject({ revision: 20 });
  });

  describe('watches', () => {
    test('complete at once if the key was written after the revision', async () => {
      await after(write('b', one), write('a', one));
      expect(await ask(watch('a', 1))).toMatchObject({ kind: 'ha-changed', entry: { revision: 2 } });
    });

    test('wait for the next write of their key, by whatever process', async () => {
      await after(write('a', one));
      const watching = [ask(watch('a', 1)), port.request(watch('a', 1))];
      await ask(write('b', one));
      await ask(write('a', two));
      for (const answer of await Promise.all(watching))
        expect(answer).toEqual({ kind: 'ha-changed', entry: { key: 'a', value: two, revision: 3 }, revision: 3 });
    });

    test('of a key that is not there yet', async () => {
      const watching = ask(watch('a', 0));
      await after(write('b', one), write('a', one));
      expect(await watching).toMatchObject({ kind: 'ha-changed', entry: { revision: 2 } });
    });

    test('see a deletion, also one that was before them', async () => {
      await after(write('a', one), write('a', null));
      expect(await ask(watch('a', 1))).toEqual({ kind: 'ha-changed', entry: null, revision: 2 });
    });

    test('a refused write completes none', async () => {
      await after(write('a', one));
      const watching = ask(watch('a', 1));
      await after(write('a', two, 7), write('a', two, 1));
      expect(await watching).toMatchObject({ entry: { value: two, revision: 2 } });
    });
  });

  describe('leases', () => {
    test('each renewal of the leader shows, to whoever looks', async () => {
      await after(write('leader', leaderOf(2)));
      const seen = [await ask(lease)];
      for (let count = 0; count < 3; count++) {
        expect(await port.request(renew(2))).toEqual({ kind: 'ha-renewed', epoch: 2 });
        seen.push(await ask(lease));
      }
      const counts = seen.map((answer) => (answer.kind === 'ha-lease' ? answer.renewals : null));
      expect(counts).toEqual([0, 1, 2, 3]);
      expect(seen[3]).toMatchObject({ kind: 'ha-lease', leader: { key: 'leader', revision: 1 } });
    });

    test('a renewal of a deposed leader tells it so, and counts for nothing', async () => {
      await after(write('leader', leaderOf(1)), renew(1));
      const second = await ask(write('leader', leaderOf(2), 1));
      const revision = second.kind === 'ha-written' ? second.revision : NaN;
      const before = await ask(lease);
      expect(await port.request(renew(1))).toMatchObject({
        kind: 'ha-conflict',
        epoch: 2,
        entry: { key: 'leader', revision },
      });
      expect(await ask(lease)).toEqual(before);
    });

    test('nobody leads', async () => {
      expect(await ask(lease)).toEqual({ kind: 'ha-lease', leader: null, renewals: 0 });
      expect(await ask(renew(1))).toMatchObject({ kind: 'ha-conflict', entry: null, epoch: 0 });
    });
  });

  describe('races', () => {
    test('of campaigns: one wins, the others see who', async () => {
      await after(write('leader', leaderOf(1)));
      const campaigns = ['x', 'y', 'z'].map((address) => ask(write('leader', leaderOf(2, address), 1)));
      const answers = await Promise.all(campaigns);
      expect(answers.map((answer) => answer.kind).sort()).toEqual(['ha-conflict', 'ha-conflict', 'ha-written']);
      const winner = ['x', 'y', 'z'][answers.findIndex((answer) => answer.kind === 'ha-written')] as string;
      for (const answer of answers)
        if (answer.kind === 'ha-conflict')
          expect(decodeLeader(answer.entry?.value as Uint8Array)).toMatchObject({ value: { address: winner } });
    });

    test('of counters: no increment is lost, none counts twice', async () => {
      const rounds = 12;
      async function count(process: Port): Promise<number> {
        let done = 0;
        for (let round = 0; round < rounds; round++) {
          const seen = await process.request(read('counter'));
          if (seen.kind !== 'ha-entries') throw new Error(JSON.stringify(seen));
          const value = seen.entries[0]?.value[0] ?? 0;
          const next = write('counter', Uint8Array.of(value + 1), seen.entries[0]?.revision ?? 0);
          if ((await process.request(next)).kind === 'ha-written') done += 1;
        }
        return done;
      }
      const counts = await Promise.all([count(store.open()), count(store.open()), count(port)]);
      const total = counts.reduce((sum, one) => sum + one, 0);
      expect(total).toBeGreaterThanOrEqual(rounds);
      expect(await ask(read())).toMatchObject({ entries: [{ value: Uint8Array.of(total) }], revision: total });
    });

    test('of writes without a condition: all are applied, each at a revision of its own', async () => {
      const ports = [port, store.open(), store.open()];
      const writes = ports.flatMap((one, process) =>
        Array.from({ length: 8 }, (_, number) => one.request(write(`${process}/${number}`, Uint8Array.of(number)))),
      );
      const revisions = (await Promise.all(writes)).map((answer) =>
        answer.kind === 'ha-written' ? answer.revision : -1,
      );
      expect([...revisions].sort((a, b) => a - b)).toEqual(Array.from({ length: 24 }, (_, index) => index + 1));
      expect(await ask(read())).toMatchObject({ revision: 24 });
    });
  });

  describe('a writer that was stopped and wakes up late', () => {
    test('fails, although its own process has read meanwhile what came before it', async () => {
      await after(write('leader', leaderOf(1)), write('pointer', one));
      const zombie = store.openStopped('ha-write');
      const late = zombie.port.request(write('pointer', two, 2, 1));
      await zombie.stopped;
      await after(write('pointer', Uint8Array.of(9), 2, 1));
      expect(await zombie.port.request(read())).toMatchObject({ revision: 3 });
      zombie.wake();
      expect(await late).toMatchObject({ kind: 'ha-conflict', entry: { value: Uint8Array.of(9), revision: 3 } });
    });

    test('fails, as its epoch is over', async () => {
      await after(write('leader', leaderOf(1)), write('pointer', one));
      const zombie = store.openStopped('ha-write');
      const late = zombie.port.request(write('pointer', two, 2, 1));
      await zombie.stopped;
      await after(write('leader', leaderOf(2), 1));
      zombie.wake();
      expect(await late).toEqual({
        kind: 'ha-conflict',
        entry: { key: 'pointer', value: one, revision: 2 },
        epoch: 2,
      });
    });

    test('fails even after the key was written again and again, and deleted', async () => {
      await after(write('leader', leaderOf(1)), write('a', one));
      const zombie = store.openStopped('ha-write');
      const late = zombie.port.request(write('a', two, 2));
      await zombie.stopped;
      for (let round = 0; round < 70; round++) await after(write('a', one));
      await after(write('a', null));
      zombie.wake();
      expect(await late).toEqual({ kind: 'ha-conflict', entry: null, epoch: 1 });
    });

    test('does not become leader', async () => {
      const zombie = store.openStopped('ha-write');
      const late = zombie.port.request(write('leader', leaderOf(1, 'zombie'), 0));
      await zombie.stopped;
      await after(write('leader', leaderOf(1, 'other'), 0));
      zombie.wake();
      expect(await late).toMatchObject({ kind: 'ha-conflict', epoch: 1 });
      expect(await ask(lease)).toMatchObject({ leader: { revision: 1, value: leaderOf(1, 'other') } });
    });

    test('writes behind the others, if its write has no condition', async () => {
      const zombie = store.openStopped('ha-write');
      const late = zombie.port.request(write('a', two));
      await zombie.stopped;
      await after(write('a', one), write('b', one));
      zombie.wake();
      expect(await late).toEqual({ kind: 'ha-written', revision: 3 });
      expect(await ask(read())).toMatchObject({ entries: [{ value: two }, { value: one }], revision: 3 });
    });
  });

  describe.each<Fate>(['applied', 'not applied'])('a write of unknown outcome that was %s', (fate) => {
    test('is told as such, and the same again finds out', async () => {
      await after(write('a', one));
      const unlucky = store.openUnknown('ha-write', fate);
      const request = write('a', two, 1);
      expect(await unlucky.request(request)).toMatchObject({ kind: 'failed', outcome: 'unknown' });
      const expected =
        fate === 'applied'
          ? { kind: 'ha-conflict', entry: { key: 'a', value: two, revision: 2 } }
          : { kind: 'ha-written', revision: 2 };
      expect(await unlucky.request(request)).toMatchObject(expected);
      expect(await ask(read())).toMatchObject({ entries: [{ value: two, revision: 2 }], revision: 2 });
    });
  });
});
