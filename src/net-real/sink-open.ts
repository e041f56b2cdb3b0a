// The opening of a writer of a file sink: it fences lower tokens, and gives up what they left.
import { basename, join } from 'node:path';
import type { TransactionName } from '../core/checkpoint/transaction-names.ts';
import type { FencingToken, PortAnswer } from '../core/protocol/ports.ts';
import { codeOf } from './disk.ts';
import { makeDurableFolder } from './durable-folders.ts';
import { afterPublishing, publishing } from './port-answers.ts';
import { finishCommit, foldMarks } from './sink-commit.ts';
import {
  compareTokens,
  parseStage,
  parseToken,
  partPath,
  stagePath,
  tokenName,
  transactionOf,
  type TransactionStage,
} from './sink-files.ts';
import { sweepSums } from './sink-sums.ts';
import { closeOpen, fenced, highestToken, holdsToken, type Writer } from './sink-writer.ts';

/**
 * Fences first, then gives up what lower tokens left. Again with the same token it does the same once more: an earlier try may have died
 * half way, and what this token wrote is none of its business.
 */
export async function open(writer: Writer, token: FencingToken, keep: readonly string[]): Promise<PortAnswer> {
  const { disk, folder, paths } = writer;
  for (const needed of [paths.tokens, paths.transactions]) await makeDurableFolder(disk, folder, needed);
  const highest = await highestToken(writer);
  if (highest !== null && compareTokens(highest, token) > 0) return fenced;
  await writeToken(writer, token);
  if (!(await holdsToken(writer, token))) return fenced; // somebody with a higher one came meanwhile
  await closeLower(writer, token);
  await giveUpLower(writer, token, keep);
  await removeLowerTokens(writer, token);
  await foldMarks(writer);
  return { kind: 'sink-opened' };
}

async function writeToken({ disk, paths }: Writer, token: FencingToken): Promise<void> {
  try {
    await publishing(disk.create(join(paths.tokens, tokenName(token)), new Uint8Array()));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  await afterPublishing(disk.syncFolder(paths.tokens));
}

/** What this process had under construction. Whoever came in between may have removed the files: their room is free when they are closed. */
async function closeLower(writer: Writer, token: FencingToken): Promise<void> {
  for (const path of writer.open.keys()) {
    const found = parseStage(writer.name, basename(path));
    if (found !== null && compareTokens(found.transaction, token) < 0) await closeOpen(writer, path);
  }
}

async function giveUpLower(writer: Writer, token: FencingToken, keep: readonly string[]): Promise<void> {
  const { disk, name, paths } = writer;
  const kept = keep.flatMap((one) => transactionOf(name, one) ?? []).map((one) => stagePath(paths, one, 'prepared'));
  for (const { name: file } of await disk.list(paths.transactions)) {
    const found = parseStage(name, file);
    if (found === null || isOver(found.stage) || compareTokens(found.transaction, token) >= 0) continue;
    const path = join(paths.transactions, file);
    if (!kept.includes(path)) await giveUp(writer, found.transaction, path);
  }
  await sweepSums(writer, token);
  await disk.syncFolder(paths.transactions);
}

function isOver(stage: TransactionStage): boolean {
  return stage === 'committed' || stage === 'all-committed';
}

/** What became visible is committed, even if its commit died half way. */
async function giveUp(writer: Writer, transaction: TransactionName, path: string): Promise<void> {
  if (await writer.disk.areOneFile(path, partPath(writer.paths, transaction))) {
    await finishCommit(writer, transaction);
    return;
  }
  await writer.disk.remove(path);
}

/** Only housekeeping: the highest one is what counts. */
async function removeLowerTokens({ disk, paths }: Writer, token: FencingToken): Promise<void> {
  for (const { name } of await disk.list(paths.tokens)) {
    const found = parseToken(name);
    if (found !== null && compareTokens(found, token) < 0) await disk.remove(join(paths.tokens, name));
  }
}
