// The logs of a cluster while they are written: what was added since the last look, of all processes, by time. Files are rotated while they are read.
import { fstatSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../net-real/disk.ts';
import { opened } from '../../net-real/log/opened.ts';
import { LOG_FILES_MAX } from '../../net-real/log/log-file.ts';
import { parseLogLine, type LogRecord } from '../../net-real/log/record.ts';

interface Followed {
  /** Of the file that was read last, so that one in its place is known. */
  inode: number;
  /** Behind the last whole line. */
  offset: number;
}

export interface LogTail {
  /** Sorted by time. The first look brings what is there already. */
  read(): readonly LogRecord[];
}

/** @param name of one process; null: all */
export function tailLogs(folder: string, name: string | null): LogTail {
  const followed = new Map<string, Followed>();
  return {
    read: () =>
      namesIn(folder)
        .filter((one) => name === null || one === name)
        .flatMap((one) => readNew(folder, one, followed))
        .sort(byTime),
  };
}

/** Of processes that have a log there. */
export function namesIn(folder: string): readonly string[] {
  try {
    const files = readdirSync(folder).filter((file) => file.endsWith('.log'));
    return files.map((file) => file.slice(0, -'.log'.length)).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** By time; lines of one process stay in their order. */
export function byTime(a: LogRecord, b: LogRecord): number {
  return a.time < b.time ? -1 : a.time > b.time ? 1 : 0;
}

function readNew(folder: string, name: string, followed: Map<string, Followed>): readonly LogRecord[] {
  const path = join(folder, `${name}.log`);
  const known = followed.get(name);
  if (known === undefined) {
    const fresh: Followed = { inode: -1, offset: 0 };
    followed.set(name, fresh);
    const older = Array.from({ length: LOG_FILES_MAX - 1 }, (_, index) => `${path}.${LOG_FILES_MAX - 1 - index}`);
    return [...older.flatMap((file) => recordsOf(readFrom(file, 0)?.text ?? '')), ...readOn(path, fresh)];
  }
  return readOn(path, known);
}

/** What was added to the file that is known; and all of the one that is in its place by now. */
function readOn(path: string, known: Followed): readonly LogRecord[] {
  const now = readFrom(path, known.offset, known.inode);
  if (now === null) return [];
  if (now.isSame) return take(known, now);
  const rotated = known.inode < 0 ? null : readFrom(`${path}.1`, known.offset, known.inode);
  const last = rotated?.isSame === true ? take(known, rotated) : [];
  Object.assign(known, { inode: now.inode, offset: 0 });
  return [...last, ...take(known, now)];
}

interface Read {
  /** Whole lines, and their size in bytes. */
  readonly text: string;
  readonly size: number;
  readonly inode: number;
  /** It goes on where the look before ended; else the text is that of a whole file. */
  readonly isSame: boolean;
}

function take(known: Followed, { text, size }: Read): readonly LogRecord[] {
  known.offset += size;
  return recordsOf(text);
}

function recordsOf(text: string): readonly LogRecord[] {
  return text
    .split('\n')
    .map((line) => parseLogLine(line))
    .filter((record) => record !== null);
}

const LINE_END = 0x0a;

/** Null: it is not there. */
function readFrom(path: string, offset: number, inode = -1): Read | null {
  return opened(path, (descriptor) => {
    const { size, ino } = fstatSync(descriptor);
    const isSame = ino === inode && size >= offset;
    const from = isSame ? offset : 0;
    const bytes = Buffer.alloc(size - from);
    const read = readSync(descriptor, bytes, 0, bytes.length, from);
    const whole = bytes.subarray(0, bytes.subarray(0, read).lastIndexOf(LINE_END) + 1); // the line behind it may be half-written
    return { text: whole.toString('utf8'), size: whole.length, inode: ino, isSame };
  });
}
