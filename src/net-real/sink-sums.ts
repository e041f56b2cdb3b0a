// Checksums of prepared output. A part is read by others as it is, so that none can stand in it: the name of an empty file beside it says how long the prepared
// file is, and what it holds. That name is durable when the name of the prepared file is, by the same sync of their folder. Output of which no checksum is
// there was prepared by an older Millrace, or is committed by somebody else at this moment.
import { join } from 'node:path';
import type { TransactionName } from '../core/checkpoint/transaction-names.ts';
import type { Checksum } from './disk.ts';
import type { OpenTransaction } from './open-transaction.ts';
import { compareTokens, parseStage, parseSum, partPath, stagePath, sumPath } from './sink-files.ts';
import type { Writer } from './sink-writer.ts';

/** As file systems have it that check what they read. */
export const BAD_CHECKSUM = 'EBADMSG';

const NOTHING = new Uint8Array();

/** Before the transaction is prepared. */
export async function noteSum(
  { disk, paths }: Writer,
  transaction: TransactionName,
  { sizeBytes, crc32 }: OpenTransaction,
): Promise<void> {
  if (sizeBytes > 0) await disk.append(sumPath(paths, transaction, { sizeBytes, crc32 }), NOTHING);
}

/** Rejects with a sentence if the prepared file is not what it was. What is visible already is not judged any more. */
export async function checkSum(writer: Writer, transaction: TransactionName): Promise<void> {
  const { disk, paths } = writer;
  const noted = (await sumsOf(writer, transaction)).map(({ sum }) => sum);
  if (noted.length === 0) return;
  const prepared = stagePath(paths, transaction, 'prepared');
  const found = await disk.checksumOf(prepared);
  if (found === null || noted.some((sum) => isEqual(sum, found))) return;
  if (await disk.areOneFile(prepared, partPath(paths, transaction))) return;
  const [sum] = noted;
  const text = `${prepared} is damaged: it holds ${describe(found)}, and ${describe(sum as Checksum)} were prepared. Its output is not committed, and its job waits, until the file is as it was; a job that starts from an earlier savepoint does not need it`;
  throw Object.assign(new Error(text), { code: BAD_CHECKSUM });
}

/** Behind its transaction. */
export async function removeSums(writer: Writer, transaction: TransactionName): Promise<void> {
  for (const { file } of await sumsOf(writer, transaction))
    await writer.disk.remove(join(writer.paths.transactions, file));
}

/** Those whose transactions are prepared no more, or never were, and that no live attempt may be about to prepare. */
export async function sweepSums(
  { disk, name, paths }: Writer,
  token: Parameters<typeof compareTokens>[0],
): Promise<void> {
  const files = (await disk.list(paths.transactions)).map(({ name: file }) => file);
  const prepared = new Set(
    files.flatMap((file) => {
      const found = parseStage(name, file);
      return found?.stage === 'prepared' ? [stagePath(paths, found.transaction, 'prepared')] : [];
    }),
  );
  for (const file of files) {
    const found = parseSum(name, file);
    if (found === null || compareTokens(found.transaction, token) >= 0) continue;
    if (!prepared.has(stagePath(paths, found.transaction, 'prepared')))
      await disk.remove(join(paths.transactions, file));
  }
}

async function sumsOf(
  { disk, name, paths }: Writer,
  transaction: TransactionName,
): Promise<readonly { readonly file: string; readonly sum: Checksum }[]> {
  return (await disk.list(paths.transactions)).flatMap(({ name: file }) => {
    const found = parseSum(name, file);
    if (found === null || !isSame(found.transaction, transaction)) return [];
    return [{ file, sum: found.sum }];
  });
}

function isSame(one: TransactionName, other: TransactionName): boolean {
  return one.followsCheckpoint === other.followsCheckpoint && compareTokens(one, other) === 0;
}

function isEqual(one: Checksum, other: Checksum): boolean {
  return one.sizeBytes === other.sizeBytes && one.crc32 === other.crc32;
}

function describe({ sizeBytes, crc32 }: Checksum): string {
  return `${sizeBytes} bytes with the checksum ${crc32.toString(16).padStart(8, '0')}`;
}
