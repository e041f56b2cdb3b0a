// What a process told, for whoever asks over REST: its files in the folder of its cluster, or, where it has none, its last lines, which its own memory keeps.
import { fstatSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../disk.ts';
import { LOG_BYTES_MAX } from './log-file.ts';
import { opened } from './opened.ts';
import { formatText, parseLogLine } from './record.ts';

/** One file, as Flink lists it. */
export interface LogFileInfo {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Wall time in ms of its last line. */
  readonly mtime: number;
}

/** The logs of one process. */
export interface KeptLogs {
  /** Of the process, in its cluster. */
  readonly process: string;
  /** The one that is written first: `NAME.log`. */
  list(): readonly LogFileInfo[];
  /** Its last bytes, whole lines of them; null: no such file is listed. @param lines no more than the last of them; null: all. @param bytesMax default: TOLD_BYTES_MAX */
  read(name: string, lines: number | null, bytesMax?: number): string | null;
}

/** Of a file, so much is told at once: its end. */
export const TOLD_BYTES_MAX = LOG_BYTES_MAX;

export function mainLogOf(process: string): string {
  return `${process}.log`;
}

/** What a job's code printed there, kept by the command that started the process. */
export function stdoutOf(process: string): string {
  return `${process}.stdout`;
}

/** Last words of the engine, and what a job's code complained. */
export function stderrOf(process: string): string {
  return `${process}.stderr`;
}

/** @param folder where all processes of a cluster have their logs */
export function logsInFolder(folder: string, process: string): KeptLogs {
  const list = (): readonly LogFileInfo[] =>
    namesIn(folder)
      .filter((name) => isOf(process, name))
      .sort(byAge)
      .flatMap((name) => infoOf(folder, name) ?? []);
  return {
    process,
    list,
    read: (name, lines, bytesMax = TOLD_BYTES_MAX) =>
      isOf(process, name) ? readEnd(join(folder, name), lines, bytesMax) : null,
  };
}

/** @param recent its last lines, the newest last */
export function logsInMemory(process: string, recent: () => readonly string[]): KeptLogs {
  const name = mainLogOf(process);
  return {
    process,
    list() {
      const lines = recent();
      const last = parseLogLine(lines.at(-1) ?? '');
      const size = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
      return [{ name, size, mtime: last === null ? 0 : Date.parse(last.time) }];
    },
    read: (asked, lines, bytesMax = TOLD_BYTES_MAX) =>
      asked === name ? wholeLines(lastBytesOf(lastOf(recent(), lines), bytesMax)) : null,
  };
}

/** Lines of a log as people read them; what is no line of one stays as it is. */
export function logAsText(lines: string): string {
  return lines
    .split('\n')
    .map((line) => {
      const record = parseLogLine(line);
      return record === null ? line : formatText(record);
    })
    .join('\n');
}

/** Whether a file in the folder is of the process: `tm-1.log.1` is one of `tm-1`, and of no `tm`. */
function isOf(process: string, name: string): boolean {
  return name.startsWith(`${process}.`) && /^(?:log|stdout|stderr)(?:\.\d+)?$/.test(name.slice(process.length + 1));
}

/** The log, its older parts, what was printed. */
function byAge(a: string, b: string): number {
  return rankOf(a) - rankOf(b) || a.localeCompare(b, 'en', { numeric: true });
}

function rankOf(name: string): number {
  return /\.log(?:\.\d+)?$/.test(name) ? 0 : 1;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Null: it is gone, as files are rotated. */
function infoOf(folder: string, name: string): LogFileInfo | null {
  const found = statSync(join(folder, name), { throwIfNoEntry: false });
  return found === undefined || !found.isFile() ? null : { name, size: found.size, mtime: Math.round(found.mtimeMs) };
}

const CHUNK_BYTES = 65_536;
const LINE_END = 0x0a;

/** From the end, until there are so many lines, so many bytes, or the file is at its beginning. */
function readEnd(path: string, lines: number | null, bytesMax: number): string | null {
  return opened(path, (descriptor) => {
    const { size } = fstatSync(descriptor);
    const chunks: Buffer[] = [];
    const endsMax = lines ?? Number.POSITIVE_INFINITY;
    let [from, ends] = [size, 0];
    while (from > 0 && size - from < bytesMax && ends <= endsMax) {
      const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, from, bytesMax - (size - from)));
      from -= chunk.length;
      readSync(descriptor, chunk, 0, chunk.length, from);
      for (const byte of chunk) if (byte === LINE_END) ends += 1;
      chunks.unshift(chunk);
    }
    return endOf(Buffer.concat(chunks), lines, from === 0);
  });
}

/** Without the line that was cut at its beginning, and the one that is half-written. */
function endOf(bytes: Buffer, lines: number | null, isWhole: boolean): string {
  const text = bytes.subarray(0, bytes.lastIndexOf(LINE_END) + 1).toString('utf8');
  if (text === '') return '';
  const all = text.slice(0, -1).split('\n');
  return wholeLines(lastOf(isWhole ? all : all.slice(1), lines));
}

function lastOf(lines: readonly string[], max: number | null): readonly string[] {
  return max === null ? lines : lines.slice(Math.max(0, lines.length - max));
}

function lastBytesOf(lines: readonly string[], bytesMax: number): readonly string[] {
  let [from, bytes] = [lines.length, 0];
  while (from > 0) {
    bytes += Buffer.byteLength(lines[from - 1] as string) + 1;
    if (bytes > bytesMax) break;
    from -= 1;
  }
  return lines.slice(from);
}

function wholeLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
