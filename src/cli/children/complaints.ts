// What processes of a real run complained, read from their logs. A complaint is a line and the indented ones below it, or a line of the process's
// log that is no note: what a machine notes of its work is no complaint.
import { existsSync, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { saidLevels } from '../../net-real/log/process-log.ts';
import { parseLogLine, type LogRecord } from '../../net-real/log/record.ts';

const WORDS_MAX = 300;

/** The first line of the last complaint. */
export function lastWords(log: string): string {
  return lastWordsSince([{ log, offset: 0 }]);
}

/** Where the complaints of a process begin in a file that others wrote before. */
export interface LogMark {
  readonly log: string;
  readonly offset: number;
}

export function markLog(log: string): LogMark {
  return { log, offset: statSync(log, { throwIfNoEntry: false })?.size ?? 0 };
}

/** The same of the first of these files that has one. */
export function lastWordsSince(marks: readonly LogMark[]): string {
  const words = marks.map(({ log, offset }) => complaintsIn(log, offset).at(-1)?.[0]?.slice(0, WORDS_MAX));
  return words.find((one) => one !== undefined) ?? silence(marks.map(({ log }) => log));
}

/** Whoever has no room for what it says, says nothing. */
function silence(logs: readonly string[]): string {
  const full = logs.map((log) => dirname(log)).find((folder) => existsSync(folder) && !hasRoom(statfsSync(folder)));
  return full === undefined ? 'it said nothing' : `it could not say why: the disk of ${full} is full`;
}

/** @param free as `statfs` says it; a file system without a bound of inodes says that it has none at all */
export function hasRoom(free: {
  readonly bavail: number;
  readonly bsize: number;
  readonly files: number;
  readonly ffree: number;
}): boolean {
  return free.bavail * free.bsize >= ROOM_BYTES && (free.files === 0 || free.ffree > 0);
}

const ROOM_BYTES = 4_096; // of a few lines

const COMPLAINTS_MAX = 3;

/** The last complaints in each log of a folder, as lines. */
export function lastComplaints(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const last = complaintsIn(join(folder, name)).slice(-COMPLAINTS_MAX);
    return last.flatMap(([first, ...rest]) => [`${name.replace('.log', '')} complained: ${first}`, ...rest]);
  });
}

/** What the engine writes around its last words: collections of garbage, and addresses of machine code. */
const OF_ENGINE = /^(<--- .* --->|\[\d+:0x[\da-f]+\] .*|----- Native stack trace -----|\s*\d+: 0x[\da-f]+ .*)$/;

function complaintsIn(log: string, offset = 0): readonly (readonly string[])[] {
  const complaints: string[][] = [];
  for (const line of textFrom(log, offset).split('\n')) {
    if (line.trim() === '' || OF_ENGINE.test(line)) continue;
    const record = parseLogLine(line);
    if (record !== null) {
      if (isComplaint(record)) complaints.push(record.message.split('\n'));
      continue;
    }
    const last = complaints.at(-1);
    if (last !== undefined && /^\s/.test(line)) last.push(line.trimEnd());
    else complaints.push([line.trim()]);
  }
  return complaints;
}

/** A file that is shorter by now was rotated; one that is not there says nothing. */
function textFrom(log: string, offset: number): string {
  if (!existsSync(log)) return '';
  const bytes = readFileSync(log);
  return bytes.subarray(bytes.length < offset ? 0 : offset).toString('utf8');
}

function isComplaint({ level, kind }: LogRecord): boolean {
  return Object.hasOwn(saidLevels, kind) && (level === 'error' || level === 'warn');
}
