// What a writer of a file sink remembers of its commits, in few files. An attempt commits its transactions in their order, and so does whoever takes them
// over: where one is committed, all before it are that were ever asked for. So the mark of the last one says as much as the marks of all.
//
//   chk-<checkpoint>-e<epoch>-a<attempt>.all-committed   of that attempt, those that follow this checkpoint, and all before it
//
// It is made and durable before any mark that it covers is removed, and never says less later. So a process that stood still in the middle of this does no harm.
import type { FencingToken } from '../core/protocol/ports.ts';
import { compareTokens, parseStage, stagePath, tokenName } from './sink-files.ts';
import type { Writer } from './sink-writer.ts';

/** Marks of single transactions; then they are folded. */
export const MARKS_MAX = 100;
/** Attempts with commits that are remembered, the latest: an older savepoint is refused where what it prepared is asked for again. */
export const ATTEMPTS_MAX = 1_000;

interface Remembered {
  readonly token: FencingToken;
  /** Checkpoints of transactions that have a mark. */
  readonly marks: number[];
  readonly prepared: number[];
  /** Of the marks for all. */
  readonly all: number[];
}

/** Returns the files that say nothing any more, for whoever removes them: none as long as there are few marks. */
export async function fold(writer: Writer): Promise<Iterable<string>> {
  const { disk, paths, marksMax } = writer;
  const attempts = await rememberedBy(writer);
  if (attempts.reduce((sum, { marks }) => sum + marks.length, 0) < marksMax) return [];
  if (attempts.some((attempt) => markedOf(attempt).length > 0)) await disk.syncFolder(paths.transactions); // whoever made such a mark may not have done so yet
  for (const attempt of attempts) await finishMarked(writer, attempt);
  await disk.syncFolder(paths.transactions);
  const folded = attempts.map((attempt) => ({ ...attempt, upTo: lastOf(attempt) }));
  for (const { token, all, upTo } of folded)
    if (upTo > NONE && !all.includes(upTo)) await disk.append(pathOf(writer, token, upTo, 'all-committed'), NOTHING);
  await disk.syncFolder(paths.transactions);
  return sayingNothing(writer, folded);
}

interface Folded extends Remembered {
  readonly upTo: number;
}

function* sayingNothing(writer: Writer, folded: readonly Folded[]): Generator<string> {
  const latest = folded.toSorted((one, other) => compareTokens(other.token, one.token));
  for (const [index, { token, marks, all, upTo }] of latest.entries()) {
    for (const mark of marks) if (mark <= upTo) yield pathOf(writer, token, mark, 'committed');
    for (const mark of all)
      if (mark < upTo || index >= ATTEMPTS_MAX) yield pathOf(writer, token, mark, 'all-committed');
  }
}

const NOTHING = new Uint8Array();

/** Prepared, and committed: whoever did that may not have come to its end. */
function markedOf({ marks, prepared }: Remembered): readonly number[] {
  return prepared.filter((checkpoint) => marks.includes(checkpoint));
}

async function finishMarked(writer: Writer, attempt: Remembered): Promise<void> {
  for (const checkpoint of markedOf(attempt))
    await writer.disk.remove(pathOf(writer, attempt.token, checkpoint, 'prepared'));
}

const NONE = -1; // below every checkpoint

/** None that is prepared stands before it. */
function lastOf({ marks, prepared, all }: Remembered): number {
  const first = prepared
    .filter((checkpoint) => !marks.includes(checkpoint))
    .reduce((least, checkpoint) => Math.min(least, checkpoint), Number.POSITIVE_INFINITY);
  const last = (most: number, checkpoint: number): number => (checkpoint < first ? Math.max(most, checkpoint) : most);
  return all.reduce(last, marks.reduce(last, NONE));
}

async function rememberedBy({ disk, name, paths }: Writer): Promise<readonly Remembered[]> {
  const attempts = new Map<string, Remembered>();
  for (const { name: file } of await disk.list(paths.transactions)) {
    const found = parseStage(name, file);
    if (found === null || found.stage === 'open') continue;
    const { epoch, attempt, followsCheckpoint } = found.transaction;
    const key = tokenName({ epoch, attempt });
    const known = attempts.get(key) ?? { token: { epoch, attempt }, marks: [], prepared: [], all: [] };
    attempts.set(key, known);
    const list = { committed: known.marks, prepared: known.prepared, 'all-committed': known.all }[found.stage];
    list.push(followsCheckpoint);
  }
  return [...attempts.values()];
}

function pathOf(
  { name, paths }: Writer,
  token: FencingToken,
  followsCheckpoint: number,
  stage: 'prepared' | 'committed' | 'all-committed',
): string {
  return stagePath(paths, { writer: name, followsCheckpoint, ...token }, stage);
}

/** Removes files of `fold`, until it is told to stop. */
export async function removeFolded({ disk }: Writer, files: Iterable<string>, isStopped: () => boolean): Promise<void> {
  for (const file of files) {
    if (isStopped()) return;
    await disk.remove(file);
  }
}
