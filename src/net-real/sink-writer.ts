// One writer of a file sink as this process knows it: where its files are, which token holds it, and what it has under construction.
import type { TransactionName } from '../core/checkpoint/transaction-names.ts';
import type { FencingToken, PortAnswer } from '../core/protocol/ports.ts';
import type { Disk } from './disk.ts';
import type { Lane } from './lanes.ts';
import { beginTransaction, closeTransaction, type EncodeChunk, type OpenTransaction } from './open-transaction.ts';
import { compareTokens, parseStage, parseToken, stagePath, type WriterPaths } from './sink-files.ts';

/** What this process knows of one writer of one sink. */
export interface Writer {
  readonly disk: Disk;
  readonly folder: string;
  readonly name: string;
  readonly paths: WriterPaths;
  /** Whose jobs write here; null, in tests: nobody asks. */
  readonly cluster: string | null;
  /** Whoever closes the sinks of jobs leaves a writer of another cluster as it is, but for what a checkpoint of the job covers. */
  readonly closes: boolean;
  readonly lane: Lane;
  readonly encode: EncodeChunk;
  /** Hands a prepared file to code of a user, in place of making it a part; null: it becomes a part. */
  readonly deliver: ((file: string, transaction: TransactionName) => Promise<void>) | null;
  /** A delivery that takes longer is refused; null: it is waited for without end. */
  readonly deliveryMsMax: number | null;
  /** By path of the file. */
  readonly open: Map<string, OpenTransaction>;
  /** As many are folded. */
  readonly marksMax: number;
  /** Marks that it made since they were folded last (sink-fold.ts). */
  marks: number;
  /** Files that were folded are removed, beside all else. */
  removing: Promise<void> | null;
  closed: boolean;
}

export const fenced: PortAnswer = { kind: 'sink-refused', reason: 'fenced' };
export const otherCluster: PortAnswer = { kind: 'sink-refused', reason: 'other-cluster' };
export const unknownTransaction: PortAnswer = { kind: 'sink-refused', reason: 'unknown-transaction' };

/** The highest token that opened this writer; null: none did. */
export async function highestToken(writer: Writer): Promise<FencingToken | null> {
  const names = await writer.disk.list(writer.paths.tokens);
  const tokens = names.flatMap(({ name }) => parseToken(name) ?? []);
  return tokens.sort(compareTokens).at(-1) ?? null;
}

export async function holdsToken(writer: Writer, token: FencingToken): Promise<boolean> {
  const highest = await highestToken(writer);
  return highest !== null && compareTokens(highest, token) === 0;
}

/** Prepared or committed. In this order: on its way from one to the other it is both. */
export async function isEnded(writer: Writer, transaction: TransactionName): Promise<boolean> {
  if (await writer.disk.isFile(stagePath(writer.paths, transaction, 'prepared'))) return true;
  return isCommitted(writer, transaction);
}

export async function hasMark({ disk, paths }: Writer, transaction: TransactionName): Promise<boolean> {
  return disk.isFile(stagePath(paths, transaction, 'committed'));
}

/** It has a mark, or one of its attempt covers it. In this order: the latter is there before the former goes. */
export async function isCommitted(writer: Writer, transaction: TransactionName): Promise<boolean> {
  if (await hasMark(writer, transaction)) return true;
  const files = await writer.disk.list(writer.paths.transactions);
  return files.some(({ name }) => {
    const found = parseStage(writer.name, name);
    return found?.stage === 'all-committed' && covers(found.transaction, transaction);
  });
}

function covers(last: TransactionName, transaction: TransactionName): boolean {
  return compareTokens(last, transaction) === 0 && transaction.followsCheckpoint <= last.followsCheckpoint;
}

export async function begin(writer: Writer, path: string): Promise<OpenTransaction> {
  const begun = await beginTransaction(writer.disk, path);
  writer.open.set(path, begun);
  return begun;
}

export async function closeOpen(writer: Writer, path: string): Promise<void> {
  const known = writer.open.get(path);
  writer.open.delete(path);
  if (known !== undefined) await closeTransaction(known);
}

export async function closeAll(writer: Writer): Promise<void> {
  writer.closed = true;
  for (const path of writer.open.keys()) await closeOpen(writer, path);
  await writer.removing;
}
