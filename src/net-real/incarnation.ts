// The incarnation of a process: a number that its work folder never gave before, and that rises, even if the wall clock is set back.
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const FILE = 'incarnation';
const LINE = /^millrace-incarnation 1 (\d{1,16})\n$/;

/** The larger of the wall clock in ms and the last one + 1; on disk before it is returned. Throws a sentence if the last one cannot be read. */
export function nextIncarnation(workFolder: string, wallNow: number): number {
  makeFolder(workFolder);
  const next = Math.max(Math.floor(wallNow), lastIncarnation(join(workFolder, FILE)) + 1);
  store(workFolder, `millrace-incarnation 1 ${next}\n`);
  return next;
}

/** A folder whose name is lost with the power takes the number with it. */
function makeFolder(folder: string): void {
  const highest = mkdirSync(folder, { recursive: true });
  if (highest === undefined) return; // it was there
  for (let made = resolve(folder); made.length >= highest.length; made = dirname(made)) syncFolder(dirname(made));
}

function lastIncarnation(file: string): number {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
  const last = Number(LINE.exec(text)?.[1]);
  if (Number.isSafeInteger(last)) return last;
  throw new Error(
    `${file} holds no incarnation of version 1 (${JSON.stringify(text.slice(0, 40))}): a process must not start with one that it may have had`,
  );
}

/** Replaces the file as a whole; the folder is synced too, as the new name lies there. */
function store(folder: string, text: string): void {
  const fresh = join(folder, `${FILE}.new`);
  const file = openSync(fresh, 'w');
  writeSync(file, text);
  fsyncSync(file);
  closeSync(file);
  renameSync(fresh, join(folder, FILE));
  syncFolder(folder);
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}
