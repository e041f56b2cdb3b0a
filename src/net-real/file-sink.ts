// The exactly-once file sink. Readers look at `part-*` and at nothing else: those are whole, were committed, and stay.
//
// Fencing without a server. A stopped writer may wake up behind its check of the token, so each operation is safe that far too:
//   1. write: it makes or extends a file that bears its own epoch and attempt; it looks at the token again and removes what it made.
//   2. prepare: likewise. If the token still holds after the file was renamed, every later opener sees it as prepared.
//   3. commit: asked for only when the checkpoint is durable. Then whoever fenced the writer keeps the transaction, and commits it as well;
//      both make the same name for the same file, once.
// sink-files.ts says where what lies.
import { resolve } from 'node:path';
import { transactionAttempt, transactionName, type TransactionName } from '../core/checkpoint/transaction-names.ts';
import type { PortAnswer, PortFailed, PortRequest } from '../core/protocol/ports.ts';
import { codeOf, nodeDisk, type Disk } from './disk.ts';
import { createLane } from './lanes.ts';
import { addChunk, syncTransaction } from './open-transaction.ts';
import { afterPublishing, createPort, failed, publishing } from './port-answers.ts';
import type { Port } from './port.ts';
import { Refusal } from './refusal.ts';
import { commit } from './sink-commit.ts';
import { compareTokens, mistakeInWriter, stagePath, transactionOf, writerPaths } from './sink-files.ts';
import type { Delivery } from './connectors/delivery.ts';
import { placeOfSink, type SinkPlace } from './connectors/sink-place.ts';
import { MARKS_MAX } from './sink-fold.ts';
import { describeLoss } from './sink-loss.ts';
import { open } from './sink-open.ts';
import { noteSum, removeSums } from './sink-sums.ts';
import { claim, ownerOf } from './sink-owner.ts';
import {
  begin,
  closeAll,
  closeOpen,
  fenced,
  holdsToken,
  isEnded,
  otherCluster,
  unknownTransaction,
  type Writer,
} from './sink-writer.ts';

export interface FileSinkOptions {
  readonly folder: string;
  /** Whose jobs write; null, the default: nobody asks, as there is one cluster. */
  readonly cluster?: string | null;
  /** In a JobManager, which closes the sinks of jobs. */
  readonly closes?: boolean;
  /** To sinks of users' own; by default there are none. */
  readonly deliver?: (delivery: Omit<Delivery, 'storage'>) => Promise<void>;
  /** One that takes longer fails the task that waits for it; null, the default: whoever delivers has a bound of its own. */
  readonly deliveryMsMax?: number | null;
  /** Marks of single transactions of a writer, which are folded then (sink-fold.ts). */
  readonly marksMax?: number;
  /** Hears what somebody did to the folder of a sink whose job runs, as a sentence. */
  readonly tell?: (sentence: string) => void;
  /** For tests. */
  readonly disk?: Disk;
}

type SinkRequest = Extract<PortRequest, { readonly kind: `sink-${string}` }>;
type RequestOf<K extends SinkRequest['kind']> = Extract<SinkRequest, { readonly kind: K }>;

export function fileSink(options: FileSinkOptions): Port {
  const { folder: place, deliver = nobody, deliveryMsMax = null, disk = nodeDisk } = options;
  const { cluster = null, closes = false, marksMax = MARKS_MAX, tell = () => {} } = options;
  const folder = resolve(place);
  const writers = new Map<string, Writer>();
  return createPort(
    ['sink-open', 'sink-write', 'sink-prepare', 'sink-commit'],
    async (request) => {
      const place = placeOfSink(folder, request.sink);
      const mistake = place.ok ? mistakeInWriter(request.writer) : place.reason;
      if (!place.ok || mistake !== null)
        return failed('not-applied', { kind: 'malformed-request', text: mistake ?? '' });
      const writer = writerOf(
        writers,
        { disk, cluster, closes, deliver, deliveryMsMax, marksMax },
        place.value,
        request,
      );
      return writer.lane(async () => {
        const answer = await answerTo(writer, request);
        const loss = await describeLoss(writer, request, answer);
        if (loss !== null) tell(loss);
        return answer;
      });
    },
    async () => {
      await Promise.all([...writers.values()].map((writer) => writer.lane(() => closeAll(writer))));
    },
  );
}

async function nobody({ sink }: Omit<Delivery, 'storage'>): Promise<void> {
  throw new Error(`nobody here delivers to ${sink}`);
}

function writerOf(
  writers: Map<string, Writer>,
  { disk, cluster, closes, deliver, deliveryMsMax, marksMax }: Required<Omit<FileSinkOptions, 'folder' | 'tell'>>,
  { folder, sink, encode, isDelivered }: SinkPlace,
  { sink: asked, writer: name }: SinkRequest,
): Writer {
  const key = `${asked} ${name}`; // no writer has a blank in its name
  const known = writers.get(key);
  if (known !== undefined) return known;
  const paths = writerPaths(folder, sink, name);
  const writer: Writer = {
    disk,
    folder,
    name,
    paths,
    encode,
    cluster,
    closes,
    deliver: isDelivered
      ? async (file, transaction) => deliver({ sink: asked, transaction: await deliveredAs(writer, transaction), file })
      : null,
    deliveryMsMax,
    lane: createLane(),
    open: new Map(),
    marksMax,
    marks: 0,
    removing: null,
    closed: false,
  };
  writers.set(key, writer);
  return writer;
}

/** Transactions of two clusters may have one name, and a database both. */
async function deliveredAs(writer: Writer, { epoch, attempt, ...transaction }: TransactionName): Promise<string> {
  const name = transactionName(transaction.writer, transaction.followsCheckpoint, transactionAttempt(epoch, attempt));
  const owner = await ownerOf(writer);
  return owner === null ? name : `${owner}/${name}`;
}

async function answerTo(writer: Writer, request: SinkRequest): Promise<PortAnswer | PortFailed> {
  if (request.kind === 'sink-open') {
    if (writer.cluster !== null && !(await claim(writer, writer.cluster)))
      return writer.closes ? { kind: 'sink-opened' } : otherCluster;
    return open(writer, request.token, request.keep);
  }
  const isCommitOfOthers = request.kind === 'sink-commit' && writer.closes && (await isOthers(writer));
  if (!isCommitOfOthers && !(await holdsToken(writer, request.token))) return fenced;
  const transaction = transactionOf(writer.name, request.transaction);
  if (transaction === null) return unknownTransaction;
  switch (request.kind) {
    case 'sink-write':
      return write(writer, transaction, request).catch(refusedRecord);
    case 'sink-prepare':
      return prepare(writer, transaction, request);
    case 'sink-commit':
      return commit(writer, transaction).catch(refusedRecord);
  }
}

async function isOthers(writer: Writer): Promise<boolean> {
  const owner = await ownerOf(writer);
  return owner !== null && owner !== writer.cluster;
}

async function write(
  writer: Writer,
  transaction: TransactionName,
  { token, chunk, records }: RequestOf<'sink-write'>,
): Promise<PortAnswer> {
  const path = stagePath(writer.paths, transaction, 'open');
  const known = writer.open.get(path);
  if (known === undefined && (await isEnded(writer, transaction))) return { kind: 'sink-written' };
  if (compareTokens(transaction, token) !== 0) return unknownTransaction; // it began under another token, and was given up
  if (known === undefined && chunk > 0) return unknownTransaction;
  const added = await addChunk(known ?? (await begin(writer, path)), chunk, records, writer.encode);
  if (!(await holdsToken(writer, token))) return undo(writer, path);
  return added ? { kind: 'sink-written' } : unknownTransaction;
}

function refusedRecord(error: unknown): PortAnswer {
  if (!(error instanceof Refusal)) throw error;
  return { kind: 'record-refused', text: error.message };
}

/** Fenced in the middle of it: whoever did that may have looked before the file was there. */
async function undo(writer: Writer, path: string): Promise<PortAnswer> {
  await closeOpen(writer, path);
  await writer.disk.remove(path);
  return fenced;
}

/** Refused unless exactly these chunks are there. Prepared or committed already: nothing to do but to make sure of it. */
async function prepare(
  writer: Writer,
  transaction: TransactionName,
  request: RequestOf<'sink-prepare'>,
): Promise<PortAnswer> {
  const { disk, paths } = writer;
  const isNew = !(await isEnded(writer, transaction));
  const isThere = !isNew || (await makePrepared(writer, transaction, request));
  await afterPublishing(disk.syncFolder(paths.transactions));
  if (await holdsToken(writer, request.token)) return isThere ? { kind: 'sink-prepared' } : unknownTransaction;
  // Prepared just now, it was never acknowledged, so that no checkpoint covers it. One that was prepared before may be kept by its successor.
  if (isNew && isThere) {
    await disk.remove(stagePath(paths, transaction, 'prepared'));
    await removeSums(writer, transaction);
  }
  return fenced;
}

/** False: it is not this token's, or some chunk of it is not there. */
async function makePrepared(
  writer: Writer,
  transaction: TransactionName,
  { token, chunks }: RequestOf<'sink-prepare'>,
): Promise<boolean> {
  if (compareTokens(transaction, token) !== 0) return false;
  const path = stagePath(writer.paths, transaction, 'open');
  const open = writer.open.get(path) ?? (chunks === 0 ? await begin(writer, path) : null);
  if (open === null || open.chunks !== chunks || open.lost) return false;
  await syncTransaction(open);
  await noteSum(writer, transaction, open);
  const isThere = await renameIfThere(writer.disk, path, stagePath(writer.paths, transaction, 'prepared'));
  writer.open.delete(path);
  if (!isThere) await removeSums(writer, transaction);
  return isThere;
}

async function renameIfThere(disk: Disk, from: string, to: string): Promise<boolean> {
  try {
    await publishing(disk.rename(from, to));
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false; // whoever fenced this writer gave it up
    throw error;
  }
}
