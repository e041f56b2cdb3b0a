// Stores whose process is stopped before each of its operations in turn, and whose power then fails: what was acknowledged is there, what was
// not is there whole or not at all, and the next process goes on.
import { describe, expect, test } from 'vitest';
import type { Value } from '../../src/core/base/value.ts';
import { transactionAttempt, transactionName } from '../../src/core/checkpoint/transaction-names.ts';
import { encodeLeader } from '../../src/core/protocol/records-codec.ts';
import type { PortRequest } from '../../src/core/protocol/ports.ts';
import type { Disk } from '../../src/net-real/disk.ts';
import { fileSink } from '../../src/net-real/file-sink.ts';
import { haDirectory } from '../../src/net-real/ha-directory.ts';
import type { Port } from '../../src/net-real/port.ts';
import { readSink } from '../../src/net-real/sink-parts.ts';
import { storageDirectory } from '../../src/net-real/storage-directory.ts';
import type { Answer } from '../conformance/lab.ts';
import { createMemoryDisk, powerLosses, type MemoryDisk, type PowerLoss } from './memory-disk.ts';

type Open = (disk: Disk) => Port;

interface Crash {
  readonly disk: MemoryDisk;
  /** Answers until the process was stopped; the last one may be `failed`. */
  readonly answers: readonly Answer[];
}

/** Runs the requests on a fresh disk up to an operation. */
async function runUntil(
  open: Open,
  requests: readonly PortRequest[],
  stopsAt: number,
): Promise<Crash & { operations: number }> {
  const disk = createMemoryDisk();
  const view = disk.process(stopsAt);
  const port = open(view);
  const answers: Answer[] = [];
  for (const request of requests) {
    const answer = await port.request(request);
    answers.push(answer);
    if (answer.kind === 'failed') break;
  }
  return { disk, answers, operations: view.operations() };
}

/** Stops before each operation, and once behind the last one; `judge` looks at each wreck. Returns how many there were. */
async function stopEverywhere(
  open: Open,
  requests: readonly PortRequest[],
  judge: (crash: Crash, loss: PowerLoss) => Promise<void>,
): Promise<number> {
  const { operations } = await runUntil(open, requests, Number.POSITIVE_INFINITY);
  let wrecks = 0;
  for (let stopsAt = 0; stopsAt <= operations; stopsAt++) {
    for (const loss of powerLosses) {
      await judge(await runUntil(open, requests, stopsAt), loss);
      wrecks += 1;
    }
  }
  return wrecks;
}

const acknowledged = (answers: readonly Answer[]): number =>
  answers.filter((answer) => answer.kind !== 'failed').length;

describe('HA service', () => {
  const open: Open = (disk) => haDirectory({ folder: '/ha', disk });
  const write = (
    key: string,
    value: Uint8Array | null,
    ifRevision: number | null,
    ifEpoch: number | null,
  ): PortRequest => ({
    kind: 'ha-write',
    key,
    value,
    ifRevision,
    ifEpoch,
  });
  const leader = (epoch: number): Uint8Array => encodeLeader({ epoch, address: 'jm-1', resigned: false });
  const writes = [
    write('leader', leader(1), 0, null),
    write('pointer', Uint8Array.of(1), 0, 1),
    write('pointer', Uint8Array.of(2), 2, 1),
    write('leader', leader(2), 1, null),
    write('pointer', null, 3, 2),
  ];
  const history: readonly Readonly<Record<string, Uint8Array>>[] = [
    {},
    { leader: leader(1) },
    { leader: leader(1), pointer: Uint8Array.of(1) },
    { leader: leader(1), pointer: Uint8Array.of(2) },
    { leader: leader(2), pointer: Uint8Array.of(2) },
    { leader: leader(2) },
  ];

  async function readAll(port: Port): Promise<number> {
    const answer = await port.request({ kind: 'ha-read', prefix: '' });
    if (answer.kind !== 'ha-entries') throw new Error(JSON.stringify(answer));
    const found = Object.fromEntries(answer.entries.map((entry) => [entry.key, entry.value]));
    expect(found).toEqual(history[answer.revision]);
    return answer.revision;
  }

  test('holds a prefix of the history with all that was acknowledged, and goes on behind it', async () => {
    const wrecks = await stopEverywhere(open, writes, async ({ disk, answers }, loss) => {
      disk.losePower(loss);
      const port = open(disk.process());
      const revision = await readAll(port);
      expect(revision).toBeGreaterThanOrEqual(acknowledged(answers));
      for (const request of writes.slice(revision))
        expect(await port.request(request)).toMatchObject({ kind: 'ha-written' });
      expect(await readAll(port)).toBe(writes.length);
    });
    expect(wrecks).toBeGreaterThan(200);
  });

  test('what a process saw stays, whoever wrote it and died over it', async () => {
    await stopEverywhere(open, writes, async ({ disk }, loss) => {
      const seen = await readAll(open(disk.process()));
      disk.losePower(loss);
      expect(await readAll(open(disk.process()))).toBeGreaterThanOrEqual(seen);
    });
  });
});

describe('checkpoint storage', () => {
  const open: Open = (disk) => storageDirectory({ folder: '/files', disk });
  const put = (name: string, ...bytes: number[]): PortRequest => ({
    kind: 'storage-put',
    name,
    bytes: Uint8Array.from(bytes),
  });
  const blobs: readonly (readonly [string, number])[] = [
    ['job/chk-1/a', 1],
    ['job/chk-1/b', 2],
    ['job/chk-2/a', 3],
  ];
  const puts = blobs.map(([name, byte]) => put(name, byte, byte, byte));

  async function has(port: Port, name: string, byte: number): Promise<boolean> {
    const answer = await port.request({ kind: 'storage-get', name });
    if (answer.kind === 'not-found') return false;
    expect(answer).toEqual({ kind: 'loaded', bytes: Uint8Array.of(byte, byte, byte) });
    return true;
  }

  test('holds each blob that was acknowledged, none that is torn, and takes the others again', async () => {
    await stopEverywhere(open, puts, async ({ disk, answers }, loss) => {
      disk.losePower(loss);
      const port = open(disk.process());
      for (const [index, [name, byte]] of blobs.entries()) {
        const there = await has(port, name, byte);
        if (index < acknowledged(answers)) expect(there).toBe(true);
      }
      for (const request of puts) expect(await port.request(request)).toEqual({ kind: 'stored' });
      expect(await port.request({ kind: 'storage-list', prefix: '' })).toEqual({
        kind: 'listed',
        names: blobs.map(([name]) => name),
      });
    });
  });

  test('what the next process acknowledged survives, however far the first one came', async () => {
    await stopEverywhere(open, puts, async ({ disk }, loss) => {
      const next = open(disk.process());
      for (const request of puts) expect(await next.request(request)).toEqual({ kind: 'stored' });
      disk.losePower(loss);
      for (const [name, byte] of blobs) expect(await has(open(disk.process()), name, byte)).toBe(true);
    });
  });

  test('a deletion that was acknowledged is for good, and takes nothing else with it', async () => {
    const remove: PortRequest = { kind: 'storage-delete', name: 'job/chk-2/a' };
    await stopEverywhere(open, [...puts, remove], async ({ disk, answers }, loss) => {
      disk.losePower(loss);
      const port = open(disk.process());
      const count = acknowledged(answers);
      const found = await Promise.all(blobs.map(([name, byte]) => has(port, name, byte)));
      expect(found.slice(0, 2)).toEqual([count >= 1 || found[0], count >= 2 || found[1]]);
      if (count > puts.length) expect(found[2]).toBe(false);
    });
  });
});

describe.each([
  ['file sink', 100],
  ['file sink, with marks that are folded at each commit', 1],
  ['file sink, with marks that are folded at every second commit', 2],
])('%s', (_, marksMax) => {
  const open: Open = (disk) => fileSink({ folder: '/out', disk, marksMax });
  const first = { epoch: 1, attempt: 1 };
  const second = { epoch: 1, attempt: 2 };
  const by = { sink: 'words', writer: 'job/sink/0' };
  const transactions = [0, 1, 2].map((checkpoint) => transactionName(by.writer, checkpoint, transactionAttempt(1, 1)));
  const [t0 = '', t1 = '', t2 = ''] = transactions;
  const records: Readonly<Record<string, readonly Value[]>> = { [t0]: ['a', 'b', 'c'], [t1]: [], [t2]: ['d'] };

  const opening = (token: typeof first, keep: readonly string[]): PortRequest => ({
    kind: 'sink-open',
    ...by,
    token,
    keep,
  });
  const write = (transaction: string, chunk: number, values: readonly Value[]): PortRequest => ({
    kind: 'sink-write',
    ...by,
    token: first,
    transaction,
    chunk,
    records: values,
  });
  const prepare = (transaction: string, chunks: number): PortRequest => ({
    kind: 'sink-prepare',
    ...by,
    token: first,
    transaction,
    chunks,
  });
  const commit = (transaction: string, token = first): PortRequest => ({
    kind: 'sink-commit',
    ...by,
    token,
    transaction,
  });

  const requests = [
    opening(first, []),
    write(t0, 0, ['a', 'b']),
    write(t0, 1, ['c']),
    prepare(t0, 2),
    commit(t0),
    prepare(t1, 0),
    write(t2, 0, ['d']),
    commit(t1),
    prepare(t2, 1),
    commit(t2),
  ];

  /** A checkpoint completes when its transaction is prepared, and never before. */
  function prepared(answers: readonly Answer[]): readonly string[] {
    return transactions.filter((transaction) =>
      answers.some((answer, index) => {
        const request = requests[index];
        return (
          answer.kind === 'sink-prepared' && request?.kind === 'sink-prepare' && request.transaction === transaction
        );
      }),
    );
  }

  test('after a restart exactly what was prepared is committed, once', async () => {
    const wrecks = await stopEverywhere(open, requests, async ({ disk, answers }, loss) => {
      const keep = prepared(answers);
      const before = await readSink('/out', by.sink, disk.process());
      disk.losePower(loss);
      const port = open(disk.process());
      expect(await port.request(opening(second, keep))).toEqual({ kind: 'sink-opened' });
      for (const transaction of keep) {
        expect(await port.request(commit(transaction, second))).toEqual({ kind: 'sink-committed' });
      }
      const visible = await readSink('/out', by.sink, disk.process());
      expect(visible).toEqual(keep.flatMap((transaction) => records[transaction] ?? []));
      expect(visible.slice(0, before.length)).toEqual(before);
    });
    expect(wrecks).toBeGreaterThan(300);
  });

  test('what was committed stays, even when nobody keeps it any more', async () => {
    await stopEverywhere(open, requests, async ({ disk, answers }, loss) => {
      const committed = requests.flatMap((request, index) =>
        answers[index]?.kind === 'sink-committed' && request.kind === 'sink-commit' ? [request.transaction] : [],
      );
      disk.losePower(loss);
      const port = open(disk.process());
      await port.request(opening(second, []));
      const visible = await readSink('/out', by.sink, disk.process());
      const expected = committed.flatMap((transaction) => records[transaction] ?? []);
      expect(visible.slice(0, expected.length)).toEqual(expected);
      for (const transaction of committed) {
        expect(await port.request(commit(transaction, second))).toEqual({ kind: 'sink-committed' });
      }
    });
  });

  test('a commit that the next process acknowledged stays, however far the first one came', async () => {
    await stopEverywhere(open, requests, async ({ disk, answers }, loss) => {
      const keep = prepared(answers);
      const next = open(disk.process());
      await next.request(opening(second, keep));
      for (const transaction of keep) await next.request(commit(transaction, second));
      disk.losePower(loss);
      const last = open(disk.process());
      await last.request(opening({ epoch: 2, attempt: 1 }, []));
      for (const transaction of keep) {
        const answer = await last.request(commit(transaction, { epoch: 2, attempt: 1 }));
        expect(answer).toEqual({ kind: 'sink-committed' });
      }
    });
  });

  test('what became visible is committed, even if its commit died half way and nobody keeps it', async () => {
    await stopEverywhere(open, requests.slice(0, 5), async ({ disk }) => {
      const visible = await readSink('/out', by.sink, disk.process());
      const port = open(disk.process());
      await port.request(opening(second, []));
      const answer = await port.request(commit(t0, second));
      expect(answer.kind).toBe(visible.length > 0 ? 'sink-committed' : 'sink-refused');
      expect(await readSink('/out', by.sink, disk.process())).toEqual(visible);
    });
  });

  test('an acknowledged opening fences and aborts for good', async () => {
    const steps = [opening(first, []), write(t0, 0, ['a']), prepare(t0, 1), opening(second, [])];
    await stopEverywhere(open, steps, async ({ disk, answers }, loss) => {
      disk.losePower(loss);
      const port = open(disk.process());
      if (answers[3]?.kind !== 'sink-opened') return;
      expect(await port.request(opening(first, []))).toMatchObject({ reason: 'fenced' });
      expect(await port.request(commit(t0, second))).toMatchObject({ reason: 'unknown-transaction' });
    });
  });
});
