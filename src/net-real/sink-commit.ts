// The commit of a file sink: a prepared transaction becomes a part, once, whoever asks for it and however often.
import type { TransactionName } from '../core/checkpoint/transaction-names.ts';
import type { PortAnswer } from '../core/protocol/ports.ts';
import { formatSeconds } from '../core/base/amounts.ts';
import { codeOf } from './disk.ts';
import { Refusal } from './refusal.ts';
import { afterPublishing, publishing } from './port-answers.ts';
import { partPath, stagePath } from './sink-files.ts';
import { checkSum, removeSums } from './sink-sums.ts';
import { fold, removeFolded } from './sink-fold.ts';
import { hasMark, isCommitted, unknownTransaction, type Writer } from './sink-writer.ts';

/**
 * The part gets its name first, then the transaction is remembered as committed: parts may be taken away by who read them, and an empty
 * transaction has none. One that is neither prepared nor committed is lost, or its name is another one's: the job must fail, loudly.
 * Whoever committed it may not have come to its end, so it is finished once more, whoever asks.
 */
export async function commit(writer: Writer, transaction: TransactionName): Promise<PortAnswer> {
  if (!(await hasMark(writer, transaction))) {
    await checkSum(writer, transaction);
    const part = await (writer.deliver === null ? makeVisible(writer, transaction) : delivered(writer, transaction));
    if (part === 'taken' || (part === 'gone' && !(await isRemembered(writer, transaction)))) return unknownTransaction;
    if (part === 'gone') return { kind: 'sink-committed' };
  }
  await finishCommit(writer, transaction);
  writer.marks += 1;
  if (writer.marks >= writer.marksMax) await foldMarks(writer);
  return { kind: 'sink-committed' };
}

/** It is not prepared any more. Whoever committed it may not have synced what remembers it. */
async function isRemembered(writer: Writer, transaction: TransactionName): Promise<boolean> {
  for (let looks = 0; looks < 2; looks++) {
    if (!(await isCommitted(writer, transaction))) continue; // one list of names may miss a mark that took the place of another meanwhile
    await afterPublishing(writer.disk.syncFolder(writer.paths.transactions));
    return true;
  }
  return false;
}

/** Housekeeping, which fails no commit: what stays is folded with the next ones, or when the writer is opened. */
export async function foldMarks(writer: Writer): Promise<void> {
  writer.marks = 0;
  if (writer.removing !== null) return;
  const files = await fold(writer).catch(() => []);
  writer.removing = removeFolded(writer, files, () => writer.closed)
    .catch(() => undefined)
    .finally(() => (writer.removing = null));
}

/** A link, not a rename: that would replace what another transaction committed under this name. */
async function makeVisible(
  { disk, paths }: Writer,
  transaction: TransactionName,
): Promise<'visible' | 'taken' | 'gone'> {
  const prepared = stagePath(paths, transaction, 'prepared');
  const part = partPath(paths, transaction);
  const sizeBytes = await disk.sizeOf(prepared);
  if (sizeBytes === null) return 'gone';
  if (sizeBytes === 0) return 'visible'; // nothing to see
  try {
    await publishing(disk.link(prepared, part));
  } catch (error) {
    if (!['EEXIST', 'ENOENT'].includes(codeOf(error))) throw error;
    if (!(await disk.isFile(prepared))) return 'gone';
    if (!(await disk.areOneFile(prepared, part))) return 'taken';
  }
  await afterPublishing(disk.syncFolder(paths.sink));
  return 'visible';
}

/** Whoever is fenced meanwhile delivers too: the sink knows a transaction by its name. */
async function delivered(
  { disk, paths, deliver, deliveryMsMax }: Writer,
  transaction: TransactionName,
): Promise<'visible' | 'gone'> {
  const prepared = stagePath(paths, transaction, 'prepared');
  const sizeBytes = await disk.sizeOf(prepared);
  if (sizeBytes === null) return 'gone';
  if (sizeBytes > 0 && deliver !== null) await inTime(afterPublishing(deliver(prepared, transaction)), deliveryMsMax);
  return 'visible';
}

/** Whoever hangs cannot be ended; the task that waits for it can, so that the restart strategy of its job decides. */
async function inTime(delivery: Promise<unknown>, msMax: number | null): Promise<void> {
  if (msMax === null) return void (await delivery);
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Refusal(`a delivery to it did not end within ${formatSeconds(msMax)}`));
  }, msMax);
  try {
    await Promise.race([delivery, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

export async function finishCommit(writer: Writer, transaction: TransactionName): Promise<void> {
  const { disk, paths } = writer;
  await publishing(disk.append(stagePath(paths, transaction, 'committed'), new Uint8Array()));
  await afterPublishing(disk.syncFolder(paths.transactions)); // remembered, before the last other trace of it goes
  await afterPublishing(disk.remove(stagePath(paths, transaction, 'prepared')));
  await afterPublishing(removeSums(writer, transaction));
}
