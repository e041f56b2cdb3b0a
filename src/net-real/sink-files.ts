// Where a file sink keeps what, below `<folder>/<sink>/`. Only the names are in here:
//   part-<job>-<subtask>-<checkpoint>                    committed output, JSON lines; the checkpoint is the one that the transaction follows
//   .writers/<writer>/cluster-<id>                       the cluster whose job writes as this writer
//   .writers/<writer>/tokens/e<epoch>-a<attempt>         a token that opened this writer; the highest one fences the others
//   .writers/<writer>/transactions/chk-…-e…-a….open      chunks, as they come
//                                             .prepared  durable; waits for its commit
//                                             .sum-<bytes>-<crc> of what was prepared (sink-sums.ts)
//                                             .committed it was committed; an empty transaction has no part
//                                             .all-committed so were all of its attempt before it (sink-fold.ts)
import { join } from 'node:path';
import type { FencingToken } from '../core/protocol/ports.ts';
import { parseTransactionName, type TransactionName } from '../core/checkpoint/transaction-names.ts';
import { WRITERS_FOLDER, type Checksum } from './disk.ts';

export type TransactionStage = 'open' | 'prepared' | 'committed' | 'all-committed';

/** The folders of one writer. */
export interface WriterPaths {
  readonly sink: string;
  readonly writer: string;
  readonly tokens: string;
  readonly transactions: string;
}

/** What is wrong with the name of a writer as a file, or null. */
export function mistakeInWriter(writer: string): string | null {
  if (!/^[^.].*\/\d{1,9}$/.test(writer) || !writer.isWellFormed())
    return `the writer ${JSON.stringify(writer)} is no name that ends with a subtask`;
  return null;
}

export function writerPaths(folder: string, sink: string, writer: string): WriterPaths {
  const sinkFolder = join(folder, sink);
  const writerFolder = join(sinkFolder, WRITERS_FOLDER, encodeURIComponent(writer));
  return {
    sink: sinkFolder,
    writer: writerFolder,
    tokens: join(writerFolder, 'tokens'),
    transactions: join(writerFolder, 'transactions'),
  };
}

export function tokenName({ epoch, attempt }: FencingToken): string {
  return `e${epoch}-a${attempt}`;
}

/** null: the name of something else. */
export function parseToken(name: string): FencingToken | null {
  const found = /^e(\d{1,15})-a(\d{1,15})$/.exec(name);
  return found === null ? null : { epoch: Number(found[1]), attempt: Number(found[2]) };
}

export function compareTokens(a: FencingToken, b: FencingToken): number {
  return a.epoch - b.epoch || a.attempt - b.attempt;
}

/** The transaction that a request names; null if it is none of this writer. */
export function transactionOf(writer: string, name: string): TransactionName | null {
  const parsed = parseTransactionName(name);
  return parsed?.writer === writer ? parsed : null;
}

export function stagePath(paths: WriterPaths, transaction: TransactionName, stage: TransactionStage): string {
  return join(paths.transactions, `chk-${transaction.followsCheckpoint}-${tokenName(transaction)}.${stage}`);
}

/** Transaction and stage behind a file name; null: the name of something else. */
export function parseStage(
  writer: string,
  name: string,
): { readonly transaction: TransactionName; readonly stage: TransactionStage } | null {
  const found = /^chk-(\d{1,15})-(e\d{1,15}-a\d{1,15})\.(open|prepared|committed|all-committed)$/.exec(name);
  const token = parseToken(found?.[2] ?? '');
  if (found === null || token === null) return null;
  const transaction = { writer, followsCheckpoint: Number(found[1]), ...token };
  return { transaction, stage: found[3] as TransactionStage };
}

/** A job that follows another one counts checkpoints on from its savepoint, and so may that other one have done. */
export function partPath(paths: WriterPaths, { writer, followsCheckpoint }: TransactionName): string {
  const job = encodeURIComponent(writer.slice(0, writer.indexOf('/')));
  const subtask = writer.slice(writer.lastIndexOf('/') + 1);
  return join(paths.sink, `part-${job}-${subtask}-${followsCheckpoint}`);
}

/** An empty file, whose name says what its transaction holds. */
export function sumPath(paths: WriterPaths, transaction: TransactionName, { sizeBytes, crc32 }: Checksum): string {
  const name = `chk-${transaction.followsCheckpoint}-${tokenName(transaction)}`;
  return join(paths.transactions, `${name}.sum-${sizeBytes}-${crc32.toString(16).padStart(8, '0')}`);
}

/** Transaction and checksum behind a file name; null: the name of something else. */
export function parseSum(
  writer: string,
  name: string,
): { readonly transaction: TransactionName; readonly sum: Checksum } | null {
  const found = /^chk-(\d{1,15})-(e\d{1,15}-a\d{1,15})\.sum-(\d{1,15})-([0-9a-f]{8})$/.exec(name);
  const token = parseToken(found?.[2] ?? '');
  if (found === null || token === null) return null;
  const sum = { sizeBytes: Number(found[3]), crc32: Number.parseInt(found[4] ?? '', 16) };
  return { transaction: { writer, followsCheckpoint: Number(found[1]), ...token }, sum };
}
