// Files of the command line: where the repository is, how paths are shown, and writing without leaving anything half-written.
import { closeSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from './exit-codes.ts';

export const repositoryRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Where runs leave their outputs and tapes; ignored by git. */
export const outputFolder = join(repositoryRoot, 'reports', 'out');

/** A path as it is shown: from the root of the repository, with forward slashes. */
export function shownPath(path: string): string {
  const short = relative(repositoryRoot, path);
  return (isAbsolute(short) ? path : short).split(sep).join('/');
}

/** The path behind one that was shown. */
export function fromRepository(path: string): string {
  return resolve(repositoryRoot, path);
}

const scripts = ['sim', 'real'];

/** The path that a user means: from where the command was typed. npm runs scripts in the folder of the package, and says where that was. */
export function fromUser(path: string): string {
  const isScript = scripts.includes(process.env['npm_lifecycle_event'] ?? '');
  const typedIn = isScript ? process.env['INIT_CWD'] : undefined;
  return resolve(typedIn ?? process.cwd(), path);
}

export function writeWhole(path: string, text: string): void {
  const file = createFile(path);
  file.write(text);
  file.publish();
}

export interface NewFile {
  write(text: string): void;
  /** The file appears under its name, whole. */
  publish(): void;
  /** Nothing of it stays. */
  discard(): void;
}

const BUFFERED_CHARACTERS = 1 << 16;

/** A file that is written under another name, and gets its own when it is complete. Refuses at once what cannot be written. */
export function createFile(path: string): NewFile {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
  const descriptor = openForWriting(temporary, path);
  let buffered = '';
  const flush = (): void => {
    writeFileSync(descriptor, buffered);
    buffered = '';
  };
  return {
    write(text) {
      buffered += text;
      if (buffered.length >= BUFFERED_CHARACTERS) flush();
    },
    publish() {
      flush();
      closeSync(descriptor);
      renameSync(temporary, path);
    },
    discard() {
      closeSync(descriptor);
      rmSync(temporary, { force: true });
    },
  };
}

function openForWriting(temporary: string, path: string): number {
  try {
    if (path.startsWith(outputFolder)) mkdirSync(outputFolder, { recursive: true }); // other folders are the user's
    const present = statSync(path, { throwIfNoEntry: false });
    if (present !== undefined && !present.isFile()) throw new Error('it is there and is not a file'); // a device must not be replaced
    return openSync(temporary, 'w');
  } catch (error) {
    throw new UsageError(`${shownPath(path)} cannot be written: ${(error as Error).message.split(',', 1)[0]}`);
  }
}
