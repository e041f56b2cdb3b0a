// The real port of `durableLog`: a folder of one node, in which each log is a file of frames. What is answered with `sync` is on the disk. A log is
// opened by its first request: a torn tail is cut off, and what survived is synced, so that nothing that was read is lost later.
import { join, resolve } from 'node:path';
import type { Failed } from '../../core/base/vocabulary.ts';
import type { LogAnswer, LogRequest } from '../../sim/services/durable-log.ts';
import { nodeDisk, type Disk, type DiskFile } from '../disk.ts';
import { makeDurableFolder } from '../durable-folders.ts';
import type { HostPort } from '../host.ts';
import { createLane, type Lane } from '../lanes.ts';
import { afterPublishing, answered, describeError } from '../port-answers.ts';
import { entryOf, frameEnds, frameOf } from './log-frames.ts';

export interface LogFolderOptions {
  /** Of one node; made if it is not there. */
  readonly folder: string;
  /** One line where a torn tail was cut off. */
  readonly log?: (line: string) => void;
  /** For tests. */
  readonly disk?: Disk;
}

export interface LogVocabulary {
  readonly bodies: object;
  readonly request: LogRequest<unknown>;
  readonly answer: LogAnswer<unknown>;
}

interface NamedLog {
  readonly lane: Lane;
  /** Null until the first request, and again when a write failed: then the file says what there is. */
  open: OpenLog | null;
  /** Why a sync failed: what the system could not write it may have dropped, and nobody can know what is on the disk. */
  lost: string | null;
}

interface OpenLog {
  readonly path: string;
  readonly file: DiskFile;
  /** Where each entry ends in the file. */
  readonly ends: number[];
}

type RequestOf<K> = Extract<LogRequest<unknown>, { readonly kind: K }>;

export function durableLogFolder(options: LogFolderOptions): HostPort<LogVocabulary> {
  const { disk = nodeDisk, log = () => {} } = options;
  const store = new LogFolder(resolve(options.folder), disk, log);
  return {
    serves: ['log-append', 'log-read', 'log-truncate', 'log-sync'],
    request: (request) => store.request(request),
    close: () => store.close(),
  };
}

class LogFolder {
  readonly #folder: string;
  readonly #disk: Disk;
  readonly #log: (line: string) => void;
  readonly #logs = new Map<string, NamedLog>();

  constructor(folder: string, disk: Disk, log: (line: string) => void) {
    this.#folder = folder;
    this.#disk = disk;
    this.#log = log;
  }

  /** Requests of one log, one after the other. */
  request(request: LogRequest<unknown>): Promise<LogAnswer<unknown> | Failed> {
    const log = this.#logs.get(request.log) ?? { lane: createLane(), open: null, lost: null };
    this.#logs.set(request.log, log);
    return answered(() => log.lane(() => this.#answer(log, request)));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#logs.values()].map(({ lane, open }) => lane(async () => open?.file.close())));
  }

  async #answer(log: NamedLog, request: LogRequest<unknown>): Promise<LogAnswer<unknown>> {
    if (log.lost !== null) throw new Error(`log ${request.log} could not be synced: ${log.lost}`);
    log.open ??= await this.#open(request.log);
    switch (request.kind) {
      case 'log-append':
        return this.#append(log, log.open, request);
      case 'log-read':
        return this.#read(log.open, request);
      case 'log-truncate':
        return this.#truncate(log, log.open, request);
      case 'log-sync':
        await sync(log, log.open);
        return { kind: 'log-synced', log: request.log, end: log.open.ends.length };
    }
  }

  async #open(name: string): Promise<OpenLog> {
    await makeDurableFolder(this.#disk, this.#folder, this.#folder);
    const path = join(this.#folder, `log-${encodeURIComponent(name)}`);
    const bytes = (await this.#disk.read(path)) ?? new Uint8Array();
    const ends = frameEnds(bytes);
    const file = await this.#disk.openKept(path);
    const end = ends.at(-1) ?? 0;
    if (end < bytes.length) {
      this.#log(`log ${name}: a torn tail of ${bytes.length - end} bytes is cut off behind entry ${ends.length}`);
      await file.truncate(end);
    }
    await file.sync();
    await this.#disk.syncFolder(this.#folder); // the name of a new file
    return { path, file, ends };
  }

  async #append(
    log: NamedLog,
    open: OpenLog,
    { log: name, at, entries, sync: isSynced }: RequestOf<'log-append'>,
  ): Promise<LogAnswer<unknown>> {
    const { ends, file } = open;
    if (at !== ends.length) return { kind: 'log-refused', log: name, end: ends.length };
    const frames = entries.map(frameOf);
    await change(log, open, () => file.writeAt(ends.at(-1) ?? 0, joined(frames)));
    for (const frame of frames) ends.push((ends.at(-1) ?? 0) + frame.length);
    if (isSynced) await sync(log, open);
    return { kind: 'log-appended', log: name, end: ends.length };
  }

  async #read({ path, ends }: OpenLog, { log, from, limit }: RequestOf<'log-read'>): Promise<LogAnswer<unknown>> {
    const bytes = (await this.#disk.read(path)) ?? new Uint8Array();
    const entries = ends.map((end, at) => [ends[at - 1] ?? 0, end] as const);
    const wanted = entries.slice(from, limit === null ? undefined : from + limit);
    const read = wanted.map(([start, end]) => entryOf(bytes, start, end));
    return { kind: 'log-entries', log, from, entries: read, end: ends.length };
  }

  async #truncate(
    log: NamedLog,
    open: OpenLog,
    { log: name, end, sync: isSynced }: RequestOf<'log-truncate'>,
  ): Promise<LogAnswer<unknown>> {
    const { ends, file } = open;
    if (end < ends.length) {
      await change(log, open, () => file.truncate(ends[end - 1] ?? 0));
      ends.length = end;
    }
    if (isSynced) await sync(log, open);
    return { kind: 'log-truncated', log: name, end: ends.length };
  }
}

/** Behind a write that failed, the file is read again: some of it may be there. */
async function change(log: NamedLog, { file }: OpenLog, work: () => Promise<void>): Promise<void> {
  try {
    await afterPublishing(work());
  } catch (error) {
    log.open = null;
    await file.close().catch(() => undefined);
    throw error;
  }
}

async function sync(log: NamedLog, { file }: OpenLog): Promise<void> {
  try {
    await afterPublishing(file.sync());
  } catch (error) {
    log.lost = describeError(error);
    throw error;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
