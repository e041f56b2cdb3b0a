// Marks of commits that are folded: few files, and every commit that was asked for once can be asked for again.
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { transactionAttempt, transactionName } from '../../src/core/checkpoint/transaction-names.ts';
import type { FencingToken, PortRequest } from '../../src/core/protocol/ports.ts';
import { nodeDisk, type Disk } from '../../src/net-real/disk.ts';
import { fileSink } from '../../src/net-real/file-sink.ts';
import type { Port } from '../../src/net-real/port.ts';
import { ATTEMPTS_MAX, MARKS_MAX } from '../../src/net-real/sink-fold.ts';
import { createGate, interceptDisk } from '../conformance/lab.ts';
import { createMemoryDisk } from './memory-disk.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const ports: Port[] = [];
afterEach(async () => {
  for (const port of ports.splice(0)) await port.close();
});

function openPort(marksMax = MARKS_MAX, disk: Disk = nodeDisk): Port {
  const port = fileSink({ folder: folder.path(), disk, marksMax });
  ports.push(port);
  return port;
}

const by = { sink: 'out', writer: 'job/sink/0' };
const attemptOf = (attempt: number): FencingToken => ({ epoch: 1, attempt });
const nameOf = (checkpoint: number, { epoch, attempt }: FencingToken): string =>
  transactionName(by.writer, checkpoint, transactionAttempt(epoch, attempt));

const opening = (token: FencingToken, ...keep: string[]): PortRequest => ({ kind: 'sink-open', ...by, token, keep });
const commit = (transaction: string, token: FencingToken): PortRequest => ({
  kind: 'sink-commit',
  ...by,
  token,
  transaction,
});

/** A transaction up to `prepared`. */
async function prepare(port: Port, checkpoint: number, token: FencingToken, records = ['a']): Promise<string> {
  const transaction = nameOf(checkpoint, token);
  const written = records.length === 0 ? 0 : 1;
  if (written > 0) await port.request({ kind: 'sink-write', ...by, token, transaction, chunk: 0, records });
  const answer = await port.request({ kind: 'sink-prepare', ...by, token, transaction, chunks: written });
  expect(answer).toEqual({ kind: 'sink-prepared' });
  return transaction;
}

async function commitAll(port: Port, token: FencingToken, from: number, to: number): Promise<void> {
  for (let checkpoint = from; checkpoint <= to; checkpoint++) {
    const transaction = await prepare(port, checkpoint, token, []);
    expect(await port.request(commit(transaction, token))).toEqual({ kind: 'sink-committed' });
  }
}

const files = (): readonly string[] =>
  readdirSync(folder.path('out', '.writers', 'job%2Fsink%2F0', 'transactions')).toSorted();
const part = (checkpoint: number): string => folder.path('out', `part-job-0-${checkpoint}`);

const committed = { kind: 'sink-committed' };
const unknown = { kind: 'sink-refused', reason: 'unknown-transaction' };

test(`a writer has ${2 * MARKS_MAX} marks at the most, however much it committed`, async () => {
  const port = openPort();
  await port.request(opening(attemptOf(1)));
  let most = 0;
  for (let checkpoint = 0; checkpoint < 5 * MARKS_MAX; checkpoint += 50) {
    await commitAll(port, attemptOf(1), checkpoint, checkpoint + 49);
    most = Math.max(most, files().length);
  }
  await port.close();
  expect(most).toBeLessThanOrEqual(2 * MARKS_MAX);
  const next = openPort();
  await next.request(opening(attemptOf(2)));
  for (const checkpoint of [0, 77, 5 * MARKS_MAX - 1])
    expect(await next.request(commit(nameOf(checkpoint, attemptOf(1)), attemptOf(2)))).toEqual(committed);
  expect(await next.request(commit(nameOf(5 * MARKS_MAX, attemptOf(1)), attemptOf(2)))).toEqual(unknown);
}, 120_000);

test('of attempts that committed something the latest are remembered', async () => {
  const port = openPort(1);
  await port.request(opening(attemptOf(1)));
  for (let attempt = 1; attempt <= ATTEMPTS_MAX + 20; attempt++)
    writeFileSync(
      folder.path('out', '.writers', 'job%2Fsink%2F0', 'transactions', `chk-${attempt}-e1-a${attempt}.all-committed`),
      '',
    );
  const last = attemptOf(ATTEMPTS_MAX + 21);
  await port.request(opening(last));
  await commitAll(port, last, 5_000, 5_001);
  await port.close();
  expect(files().length).toBeLessThanOrEqual(ATTEMPTS_MAX + 2);
  const next = openPort();
  const token = attemptOf(ATTEMPTS_MAX + 22);
  await next.request(opening(token));
  expect(await next.request(commit(nameOf(1_015, attemptOf(1_015)), token))).toEqual(committed);
  expect(await next.request(commit(nameOf(5, attemptOf(5)), token))).toEqual(unknown);
});

test('a writer has one token, however often it was opened', async () => {
  const port = openPort();
  for (let attempt = 1; attempt <= 9; attempt++) await port.request(opening(attemptOf(attempt)));
  expect(readdirSync(folder.path('out', '.writers', 'job%2Fsink%2F0', 'tokens'))).toEqual(['e1-a9']);
});

test('a folder of before, with a mark for each commit, is folded when it is opened', async () => {
  const port = openPort(1_000_000);
  await port.request(opening(attemptOf(1)));
  await port.close();
  for (let checkpoint = 0; checkpoint < 3_000; checkpoint++)
    writeFileSync(
      folder.path('out', '.writers', 'job%2Fsink%2F0', 'transactions', `chk-${checkpoint}-e1-a1.committed`),
      '',
    );
  const next = openPort();
  await next.request(opening(attemptOf(2)));
  expect(await next.request(commit(nameOf(1_234, attemptOf(1)), attemptOf(2)))).toEqual(committed);
  await expect.poll(() => files(), { timeout: 20_000 }).toEqual(['chk-2999-e1-a1.all-committed']);
  expect(await next.request(commit(nameOf(1_234, attemptOf(1)), attemptOf(2)))).toEqual(committed);
  expect(await next.request(commit(nameOf(3_000, attemptOf(1)), attemptOf(2)))).toEqual(unknown);
});

test('what is prepared, and kept by the next attempt, is never taken for committed', async () => {
  const port = openPort(1);
  await port.request(opening(attemptOf(1)));
  await commitAll(port, attemptOf(1), 1, 3);
  const kept = await prepare(port, 4, attemptOf(1));
  const given = await prepare(port, 5, attemptOf(1));
  const next = openPort(1);
  await next.request(opening(attemptOf(2), kept));
  expect(existsSync(part(4))).toBe(false);
  expect(await next.request(commit(kept, attemptOf(2)))).toEqual(committed);
  expect(existsSync(part(4))).toBe(true);
  await commitAll(next, attemptOf(2), 5, 9);
  expect(await next.request(commit(given, attemptOf(2)))).toEqual(unknown);
  expect(await port.request(commit(given, attemptOf(1)))).toEqual({ kind: 'sink-refused', reason: 'fenced' });
});

test.each([
  ['link', 'part-'],
  ['append', '.committed'],
  ['append', '.all-committed'],
  ['remove', '.prepared'],
] as const)(
  'a commit that stood still before its %s of %s while others committed, folded and took the part away makes no second part',
  async (operation, place) => {
    const gate = createGate();
    let isMet = false;
    const stopped = openPort(
      1,
      interceptDisk(nodeDisk, (one, path, go) => {
        if (isMet || one !== operation || !path.includes(place) || path.includes('chk-4-')) return go();
        isMet = true;
        return gate.pass().then(go);
      }),
    );
    await stopped.request(opening(attemptOf(1)));
    const transaction = await prepare(stopped, 3, attemptOf(1));
    const late = stopped.request(commit(transaction, attemptOf(1)));
    await gate.stopped;
    const next = openPort(1);
    await next.request(opening(attemptOf(2), transaction));
    expect(await next.request(commit(transaction, attemptOf(2)))).toEqual(committed);
    await commitAll(next, attemptOf(2), 4, 6);
    rmSync(part(3));
    gate.wake();
    expect(await late).toEqual(committed);
    expect(existsSync(part(3))).toBe(false);
    expect(await next.request(commit(transaction, attemptOf(2)))).toEqual(committed);
    expect(existsSync(part(3))).toBe(false);
  },
);

test('a mark that its maker has not synced is synced before what it stands for goes', async () => {
  const memory = createMemoryDisk();
  const [beforeMark, behindMark] = [createGate(), createGate()];
  const openOn = (disk: Disk): Port => fileSink({ folder: '/out', disk, marksMax: 1 });
  const stopped = openOn(
    interceptDisk(memory.process(), async (operation, path, go) => {
      if (operation !== 'append' || !path.endsWith('.committed')) return go();
      await beforeMark.pass();
      await go();
      return behindMark.pass(); // it never wakes up
    }),
  );
  await stopped.request(opening(attemptOf(1)));
  const transaction = await prepare(stopped, 3, attemptOf(1));
  void stopped.request(commit(transaction, attemptOf(1)));
  await beforeMark.stopped;
  let isRemoved = false;
  const next = openOn(
    interceptDisk(memory.process(), async (operation, path, go) => {
      if (isRemoved) throw new Error('the process was stopped');
      isRemoved = operation === 'remove' && path.endsWith('.prepared');
      if (operation !== 'remove' || !path.includes('/tokens/')) return go();
      beforeMark.wake(); // behind its last sync, and before it lists the marks
      await behindMark.stopped;
      return go();
    }),
  );
  await next.request(opening(attemptOf(2), transaction));
  expect(isRemoved).toBe(true);
  memory.losePower({ names: 'odd', contents: 'lost' });
  const last = openOn(memory.process());
  await last.request(opening(attemptOf(3), transaction));
  expect(await last.request(commit(transaction, attemptOf(3)))).toEqual(committed);
});

test('found out: marks that go without a mark for all', async () => {
  const forgetting: Disk = {
    ...nodeDisk,
    append: async (path, bytes) => (path.endsWith('.all-committed') ? undefined : nodeDisk.append(path, bytes)),
  };
  const port = openPort(1, forgetting);
  await port.request(opening(attemptOf(1)));
  await commitAll(port, attemptOf(1), 1, 3);
  await port.close();
  const next = openPort();
  await next.request(opening(attemptOf(2)));
  expect(await next.request(commit(nameOf(2, attemptOf(1)), attemptOf(2)))).toEqual(unknown);
});
