// A compacted HA log: what stays of it, and whoever was stopped, killed or late while it was compacted.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sealBlob } from '../../src/core/base/blob.ts';
import { LEADER_KEY } from '../../src/core/protocol/ha-keys.ts';
import type { PortAnswer, PortFailed, PortRequest } from '../../src/core/protocol/ports.ts';
import { encodeLeader } from '../../src/core/protocol/records-codec.ts';
import { nodeDisk, type Disk } from '../../src/net-real/disk.ts';
import { ENTRIES_MAX, removeEarlier, seal } from '../../src/net-real/ha-compaction.ts';
import { haDirectory, type HaDirectoryOptions } from '../../src/net-real/ha-directory.ts';
import { keepHaHistory, readHaHistory } from '../../src/net-real/ha-history.ts';
import { catchUp, createHaLog, publishEntry, writeEntry, type HaLog } from '../../src/net-real/ha-log.ts';
import { adoptSnapshot, changedAt, createHaMap, DELETIONS_MAX, snapshotOf } from '../../src/net-real/ha-map.ts';
import type { Port } from '../../src/net-real/port.ts';
import { createGate, interceptDisk } from '../conformance/lab.ts';
import { createMemoryDisk, powerLosses } from './memory-disk.ts';
import { saying } from './reasons.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const ha = (): string => folder.path('ha');
const open = (options: Partial<HaDirectoryOptions> = {}): Port =>
  haDirectory({ folder: ha(), pollMs: 1, entriesMax: 3, ...options });

const read: PortRequest = { kind: 'ha-read', prefix: '' };
const write = (key: string, value: number | null, ifRevision: number | null = null): PortRequest => ({
  kind: 'ha-write',
  key,
  value: value === null ? null : Uint8Array.of(value),
  ifRevision,
  ifEpoch: null,
});

async function writeSome(count: number, options: Partial<HaDirectoryOptions> = {}): Promise<void> {
  const port = open(options);
  for (let number = 1; number <= count; number++) await port.request(write('a', number % 256));
  await port.close();
}

const foldersIn = (place: string): readonly string[] =>
  readdirSync(place).filter((name) => /^(generation|removed)-/.test(name));

/** The one generation that is there, with all of its files. */
function generation(place = ha()): {
  readonly name: string;
  readonly number: number;
  readonly files: readonly string[];
} {
  const [name = ''] = foldersIn(place);
  return { name, number: Number(name.split('-')[1]), files: readdirSync(join(place, name)) };
}

describe('bounds', () => {
  test(`the log has ${ENTRIES_MAX} entries at the most, whatever was written`, async () => {
    await writeSome(2 * ENTRIES_MAX + 20, { entriesMax: ENTRIES_MAX });
    expect(readdirSync(ha()).toSorted()).toEqual(['entries', generation().name, 'temporary']);
    expect(generation()).toMatchObject({ number: 3 });
    expect(generation().files).toHaveLength(21);
    expect(readdirSync(folder.path('ha', 'temporary'))).toEqual([]);
    expect(await open().request(read)).toMatchObject({ revision: 2 * ENTRIES_MAX + 20 });
  });

  test('writes of many processes are counted together', async () => {
    const ports = Array.from({ length: 4 }, () => open({ entriesMax: 10 }));
    for (let round = 1; round <= 30; round++)
      await Promise.all(ports.map((port, index) => port.request(write(`key-${index}`, round))));
    await Promise.all(ports.map((port) => port.close()));
    await writeSome(11, { entriesMax: 10 });
    expect(generation().files.length).toBeLessThanOrEqual(12);
    expect(await open().request(read)).toMatchObject({ revision: 131 });
  });

  test('the leases of earlier leaders go with earlier generations', async () => {
    const port = open();
    for (let epoch = 1; epoch <= 5; epoch++) {
      const value = encodeLeader({ epoch, address: 'jm-1', resigned: false });
      await port.request({ kind: 'ha-write', key: LEADER_KEY, value, ifRevision: null, ifEpoch: null });
      await port.request({ kind: 'ha-renew', epoch });
    }
    await port.request(write('a', 1));
    await port.close();
    expect(readdirSync(folder.path('ha', 'leases'))).toEqual(['5']);
  });

  test('the file of a lease begins anew, which looks like a renewal', async () => {
    const port = open({ leaseBytesMax: 3 });
    const value = encodeLeader({ epoch: 1, address: 'jm-1', resigned: false });
    await port.request({ kind: 'ha-write', key: LEADER_KEY, value, ifRevision: null, ifEpoch: null });
    const seen: unknown[] = [];
    for (let renewal = 0; renewal < 5; renewal++) {
      await port.request({ kind: 'ha-renew', epoch: 1 });
      seen.push(((await port.request({ kind: 'ha-lease' })) as { readonly renewals: number }).renewals);
    }
    expect(seen).toEqual([1, 2, 3, 1, 2]);
    await port.close();
  });

  test(`${DELETIONS_MAX} deletions are remembered; of others a watch is told once too often`, () => {
    const map = createHaMap();
    map.revision = 5_000;
    for (let at = 1; at <= 3_000; at++) map.deletedAt.set(`key-${at}`, at);
    const snapshot = snapshotOf(map);
    expect(snapshot.deletions).toHaveLength(DELETIONS_MAX);
    const other = createHaMap();
    adoptSnapshot(other, snapshot);
    expect([changedAt(other, 'key-3000'), changedAt(other, 'key-2001'), changedAt(other, 'key-1')]).toEqual([
      3_000, 2_001, 2_000,
    ]);
    expect(snapshotOf(other)).toEqual(snapshot);
  });
});

describe('whoever is behind', () => {
  test('a reader goes on over any number of compactions, and a watch is told', async () => {
    const behind = open();
    const watching = open({ pollMs: 40 });
    await behind.request(write('a', 1));
    const told = watching.request({ kind: 'ha-watch', key: 'b', afterRevision: 0 });
    const deleted = watching.request({ kind: 'ha-watch', key: 'a', afterRevision: 1 });
    await writeSome(20);
    const port = open();
    await port.request(write('b', 9));
    await port.request(write('a', null));
    await writeSome(20);
    expect(await behind.request(read)).toMatchObject({ revision: 43 });
    expect(await told).toMatchObject({ kind: 'ha-changed', entry: { key: 'b', revision: 22 } });
    expect(await deleted).toMatchObject({ kind: 'ha-changed' });
    for (const one of [behind, watching, port]) await one.close();
  });

  test('a writer that stood still before its link over two compactions finds no folder, and is evaluated again', async () => {
    await writeSome(1);
    const before = generation().number;
    const gate = createGate();
    const stopped = open({
      disk: interceptDisk(nodeDisk, (operation, path, go) =>
        operation === 'link' && path.includes('/0000') ? gate.pass().then(go) : go(),
      ),
    });
    const late = stopped.request(write('a', 99, 1));
    const free = stopped.request(write('b', 7));
    await gate.stopped;
    await writeSome(9);
    expect(generation().number).toBeGreaterThanOrEqual(before + 2);
    gate.wake();
    expect(await late).toMatchObject({ kind: 'ha-conflict', entry: { key: 'a', revision: 10 } });
    expect(await free).toEqual({ kind: 'ha-written', revision: 11 });
    await stopped.close();
  });

  test.each(['makeFolder', 'create', 'link', 'rename'])(
    'a compactor that stood still before its %s over two compactions changes nothing',
    async (operation) => {
      const gate = createGate();
      let isMet = false;
      const isMeant = (path: string): boolean =>
        operation === 'rename' || operation === 'create' || path.includes('generation-2');
      let creates = 0; // the first generation, three entries, the seal
      const stopped = open({
        disk: interceptDisk(nodeDisk, (one, path, go) => {
          if (one === 'create') creates += 1;
          if (isMet || one !== operation || !isMeant(path) || (one === 'create' && creates < 5)) return go();
          isMet = true;
          return gate.pass().then(go);
        }),
      });
      for (let number = 1; number <= 3; number++) await stopped.request(write('a', number));
      await gate.stopped;
      await writeSome(12);
      gate.wake();
      await stopped.request(write('b', 4));
      await stopped.close();
      await writeSome(6);
      expect(await open().request(read)).toMatchObject({ revision: 22 });
      expect(foldersIn(ha())).toHaveLength(1);
    },
  );

  test('what is sealed while a removal goes on is removed behind it', async () => {
    const gate = createGate();
    let isMet = false;
    const slow = open({
      disk: interceptDisk(nodeDisk, (operation, path, go) => {
        if (isMet || operation !== 'rename' || !path.includes('removed-')) return go();
        isMet = true;
        return gate.pass().then(go);
      }),
    });
    for (let number = 1; number <= 4; number++) await slow.request(write('a', number));
    await gate.stopped;
    for (let number = 1; number <= 9; number++) await slow.request(write('a', number));
    gate.wake();
    await slow.close();
    expect(foldersIn(ha())).toHaveLength(1);
  });

  test('a reader whose listing is older than the removal of what it shows looks again, and takes nothing earlier', async () => {
    const kept = interceptDisk(nodeDisk, (operation, path, go) =>
      operation === 'rename' && path.includes('removed-2-') ? Promise.reject(new Error('cannot be renamed')) : go(),
    );
    const writer = open({ disk: kept });
    const writeMore = async (count: number): Promise<void> => {
      for (let number = 1; number <= count; number++) await writer.request(write('a', number));
      await expect.poll(() => foldersIn(ha()).length).toBe(2); // the second one stays: its name was never left
    };
    await writeMore(7);
    const gate = createGate();
    let isMeant = false;
    const reader = open({
      disk: interceptDisk(nodeDisk, async (operation, path, go) => {
        const found = await go();
        if (!isMeant || operation !== 'list' || path !== ha()) return found;
        isMeant = false;
        await gate.pass();
        return found;
      }),
    });
    expect(await reader.request(read)).toMatchObject({ revision: 7 });
    await writeMore(3);
    isMeant = true;
    const late = reader.request(read);
    await gate.stopped;
    await writeMore(6);
    gate.wake();
    expect(await late).toMatchObject({ kind: 'ha-entries', revision: 16 });
    for (const port of [writer, reader]) await port.close();
  });

  test('two that compact at once: one seals, and both go on behind it', async () => {
    const logs = [createHaLog(nodeDisk, ha()), createHaLog(nodeDisk, ha())] as const;
    await writeSome(2);
    for (const log of logs) await catchUp(log);
    const sealed = await Promise.all(logs.map((log) => seal(log)));
    expect(sealed.filter((isSealed) => isSealed)).toHaveLength(1);
    for (const log of logs) await catchUp(log);
    expect(logs.map(({ at }) => at?.number)).toEqual([2, 2]);
    await Promise.all(logs.map((log) => removeEarlier(log)));
    expect(generation()).toMatchObject({ number: 2, files: ['snapshot'] });
  });
});

describe('whoever is killed', () => {
  const requests = [write('a', 1), write('b', 2), write('a', 3, 1), write('a', null), write('c', 4), write('a', 5, 0)];

  async function run(disk: Disk): Promise<{ readonly answers: readonly (PortAnswer | PortFailed)[] }> {
    const port = haDirectory({ folder: '/ha', disk, entriesMax: 2 });
    const answers: (PortAnswer | PortFailed)[] = [];
    for (const request of requests) {
      const answer = await port.request(request);
      answers.push(answer);
      if (answer.kind === 'failed') break;
    }
    await port.close();
    return { answers };
  }

  const states = [[], ['a1'], ['a1', 'b2'], ['a3', 'b2'], ['b2'], ['b2', 'c4'], ['a5', 'b2', 'c4']];

  async function stateOf(disk: Disk): Promise<{ readonly port: Port; readonly revision: number }> {
    const port = haDirectory({ folder: '/ha', disk, entriesMax: 2 });
    const answer = await port.request(read);
    if (answer.kind !== 'ha-entries') throw new Error(JSON.stringify(answer));
    expect(answer.entries.map(({ key, value }) => `${key}${value[0]}`)).toEqual(states[answer.revision]);
    return { port, revision: answer.revision };
  }

  /** Before each of its operations: within a seal, before its folder begins, within a removal, … */
  test.each([
    ['and its power fails', powerLosses],
    ['and its disk goes on', [null]],
  ] as const)(
    'before each of its operations, %s: all that was acknowledged is there, and the log goes on',
    async (_, losses) => {
      const whole = createMemoryDisk().process();
      await run(whole);
      const operations = whole.operations();
      expect(operations).toBeGreaterThan(100);
      for (let stopsAt = 0; stopsAt <= operations; stopsAt++) {
        for (const loss of losses) {
          const memory = createMemoryDisk();
          const { answers } = await run(memory.process(stopsAt));
          if (loss !== null) memory.losePower(loss);
          const { port, revision } = await stateOf(memory.process());
          expect(revision).toBeGreaterThanOrEqual(answers.filter(({ kind }) => kind !== 'failed').length);
          for (const request of requests.slice(revision)) await port.request(request);
          await port.close();
          const end = await stateOf(memory.process());
          expect(end.revision).toBe(requests.length);
          for (let more = 0; more < 3; more++) await end.port.request(write('a', 5));
          await end.port.close();
          const left = (await memory.process().list('/ha')).filter(({ name }) => /^(generation|removed)-/.test(name));
          expect(left).toHaveLength(1); // what a dead one left is tidied by the next that compacts
        }
      }
    },
    120_000,
  );
});

test('where no room is for a seal, tries of it leave nothing, and writes go on', async () => {
  const isSeal = (path: string): boolean =>
    path.includes('temporary') && readFileSync(path).includes('millrace-ha-seal');
  const full: Disk = {
    ...nodeDisk,
    async create(path, bytes) {
      await nodeDisk.create(path, bytes);
      if (isSeal(path))
        throw Object.assign(new Error(`ENOSPC: no space left on device, write '${path}'`), { code: 'ENOSPC' });
    },
  };
  await writeSome(3, { disk: full });
  expect(foldersIn(ha())).toEqual([]); // the first generation begins with a seal too
  await writeSome(1);
  await writeSome(19, { disk: full });
  expect(foldersIn(ha())).toHaveLength(1);
  expect(generation()).toMatchObject({ number: 1 });
  expect(readdirSync(folder.path('ha', 'temporary'))).toEqual([]);
  await writeSome(1);
  expect(generation()).toMatchObject({ number: 2, files: ['snapshot'] });
  expect(await open().request(read)).toMatchObject({ revision: 21 });
});

describe('folders from before', () => {
  /** As this Millrace wrote it before there were generations. */
  function writeOldLog(count: number): void {
    mkdirSync(folder.path('ha', 'entries'), { recursive: true });
    for (let number = 1; number <= count; number++) {
      const bytes = sealBlob('millrace-ha-entry', 2, { writes: [{ key: 'a', value: Uint8Array.of(number) }] });
      writeFileSync(folder.path('ha', 'entries', String(number).padStart(12, '0')), bytes);
    }
  }

  test('a log of one folder is read, and compacted as soon as it is long', async () => {
    writeOldLog(2);
    const port = open();
    expect(await port.request(read)).toMatchObject({ revision: 2, entries: [{ value: Uint8Array.of(2) }] });
    await port.request(write('b', 1));
    await port.close();
    expect(await open().request(read)).toMatchObject({ revision: 3 });
    expect(generation()).toMatchObject({ number: 1, files: ['snapshot'] });
    expect(await nodeDisk.isFile(folder.path('ha', 'entries'))).toBe(true);
    await writeSome(10);
    expect(await open().request(read)).toMatchObject({ revision: 13 });
  });

  test('a process of before that finds it compacted ends with a sentence: it reads a seal, or cannot make its folder', async () => {
    writeOldLog(3);
    const log = createHaLog(nodeDisk, ha());
    await catchUp(log);
    await seal(log);
    const last = readFileSync(folder.path('ha', 'entries', '000000000004'));
    expect(last.subarray(0, 17).toString()).toContain('millrace-ha-seal'); // it expects millrace-ha-entry
    await removeEarlier(log);
    await expect(nodeDisk.makeFolder(folder.path('ha', 'entries'))).rejects.toThrow('EEXIST');
  });

  test('its removal that was cut short is finished by the next compaction', async () => {
    writeOldLog(3);
    const log = createHaLog(nodeDisk, ha());
    await catchUp(log);
    await seal(log);
    rmSync(folder.path('ha', 'entries'), { recursive: true }); // it left its name, and nothing took that
    expect(await open().request(read)).toMatchObject({ revision: 3 });
    await writeSome(4);
    expect(await nodeDisk.isFile(folder.path('ha', 'entries'))).toBe(true);
    expect(await open().request(read)).toMatchObject({ revision: 7 });
  });

  test('a copy from before goes on where it was; a process that knows more refuses it', async () => {
    await writeSome(4);
    cpSync(ha(), folder.path('copy'), { recursive: true });
    const port = open();
    for (let number = 5; number <= 12; number++) await port.request(write('a', number));
    rmSync(ha(), { recursive: true });
    cpSync(folder.path('copy'), ha(), { recursive: true });
    expect(await port.request(read)).toMatchObject({ kind: 'failed', reason: saying('replaced by an older copy') });
    await port.close();
    await writeSome(1);
    expect(await open().request(read)).toMatchObject({ revision: 5 });
  });
});

describe('damage', () => {
  const refusedFor = (text: string): object => ({ kind: 'failed', outcome: 'not-applied', reason: saying(text) });

  test('a snapshot that is missing or damaged is named, and nothing older serves in its place', async () => {
    await writeSome(4);
    const snapshot = folder.path('ha', generation().name, 'snapshot');
    const bytes = readFileSync(snapshot);
    rmSync(snapshot);
    expect(await open().request(read)).toMatchObject(refusedFor('has a hole'));
    writeFileSync(snapshot, bytes.subarray(0, 50));
    expect(await open().request(write('a', 1))).toMatchObject(refusedFor(snapshot));
    const later = sealBlob('millrace-ha-seal', 2, null);
    writeFileSync(snapshot, later);
    expect(await open().request(read)).toMatchObject(
      refusedFor('millrace-ha-seal has version 2, this Millrace reads version 1'),
    );
    writeFileSync(snapshot, bytes);
    expect(await open().request(read)).toMatchObject({ revision: 4 });
  });

  test('a generation that is missing is told', async () => {
    await writeSome(4);
    rmSync(folder.path('ha', generation().name), { recursive: true });
    expect(await open().request(read)).toMatchObject(refusedFor('none of them has begun'));
    expect(foldersIn(ha())).toEqual([]);
  });

  test('a seal whose folder is missing is told', async () => {
    await writeSome(2);
    const log = createHaLog(nodeDisk, ha());
    await catchUp(log);
    await seal(log);
    const next = log.at?.path ?? '';
    rmSync(next, { recursive: true });
    expect(await open().request(read)).toMatchObject(refusedFor('does not go on where its last seal says'));
    expect(existsSync(next)).toBe(false);
  });

  test('a seal that does not fit what stands before it is refused', async () => {
    await writeSome(2);
    const [one, other] = [createHaLog(nodeDisk, ha()), createHaLog(nodeDisk, ha())];
    for (const log of [one, other]) await catchUp(log);
    one.map.revision += 5;
    await expect(seal(one)).resolves.toBe(true);
    await expect(catchUp(other)).rejects.toThrow('seals the log with entry 3 at revision 7');
  });
});

test('a late link into a folder that is on its way out is not believed', async () => {
  await writeSome(1);
  const log: HaLog = createHaLog(nodeDisk, ha());
  await catchUp(log);
  const { at } = log;
  if (at === null) throw new Error('the log has begun');
  const entry = { writes: [{ key: 'a', value: Uint8Array.of(5) }] };
  await writeSome(8);
  expect(existsSync(at.path)).toBe(false);
  expect(await publishEntry(log, at, await writeEntry(log, entry), 2, entry)).toBe(false);
});

describe('history', () => {
  const written = (from: number, to: number): readonly object[] =>
    Array.from({ length: to - from + 1 }, (_, index) => ({ key: 'a', value: Uint8Array.of(from + index) }));

  test('is all that was ever written, where it is kept', async () => {
    mkdirSync(ha());
    keepHaHistory(ha());
    await writeSome(17);
    expect(foldersIn(ha()).length).toBeGreaterThan(4);
    expect(await readHaHistory(ha())).toEqual(written(1, 17));
  });

  test('begins with what the map held where the oldest generation begins', async () => {
    await writeSome(17);
    const all = (await readHaHistory(ha())).map((one) => one.value?.[0]);
    expect(all).toEqual([15, 16, 17]);
    expect(basename(generation().name)).toMatch(/^generation-6-/);
  });
});
