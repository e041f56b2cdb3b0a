// What processes of a real run complained, read from their logs. A complaint is a line and the indented ones below it, or a line of the process's
// log that is no note: what a machine notes of its work is no complaint.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { saidLevels } from '../../net-real/log/process-log.ts';
import { parseLogLine, type LogRecord } from '../../net-real/log/record.ts';

const WORDS_MAX = 300;

/** The first line of the last complaint. */
export function lastWords(log: string): string {
  return complaintsIn(log).at(-1)?.[0]?.slice(0, WORDS_MAX) ?? 'it said nothing';
}

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

function complaintsIn(log: string): readonly (readonly string[])[] {
  const complaints: string[][] = [];
  for (const line of readFileSync(log, 'utf8').split('\n')) {
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

function isComplaint({ level, kind }: LogRecord): boolean {
  return Object.hasOwn(saidLevels, kind) && (level === 'error' || level === 'warn');
}
