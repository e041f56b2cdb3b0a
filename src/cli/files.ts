// Files of the command line: how paths are meant and shown, and writing without leaving anything half-written.
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { commandWords, homeFolder, isPackage, OUTPUT_PLACE, ownScripts, packageFolder } from '../layout.ts';
import { makeFolderSync } from '../net-real/disk.ts';
import { isHaFolder } from '../net-real/ha-service.ts';
import { UsageError } from './exit-codes.ts';

/** Where runs leave their outputs and tapes; ignored by git. */
export const outputFolder = join(homeFolder, OUTPUT_PLACE);

/** A path as it is shown, with forward slashes: from the home folder if it lies there, else whole. */
export function shownPath(path: string): string {
  const short = relative(homeFolder, path);
  return (isInside(short) ? short : path).split(sep).join('/');
}

/** An HA service, as `readHa` returns it: a folder like any path, another one without what stands behind `?`. */
export function shownHa(place: string): string {
  return isHaFolder(place) ? shownPath(place) : place.replace(/\?.*$/, '');
}

function isInside(fromRoot: string): boolean {
  return !isAbsolute(fromRoot) && fromRoot !== '..' && !fromRoot.startsWith(`..${sep}`);
}

/** The path behind one that was shown. */
export function fromHome(path: string): string {
  return resolve(homeFolder, path);
}

const scripts = [...ownScripts, 'millrace'];

/** Where the command was typed. npm runs scripts of a checkout in its folder, and says where that was. */
function typedIn(): string {
  const isScript = !isPackage && scripts.includes(process.env['npm_lifecycle_event'] ?? '');
  return (isScript ? process.env['INIT_CWD'] : undefined) ?? process.cwd();
}

/** The path that a user means: from where the command was typed. */
export function fromUser(path: string): string {
  return resolve(typedIn(), path);
}

/** The same for a file that must be there: it may also be one that was shown, from the home folder. */
export function findForUser(path: string): string {
  const [typed, shown] = [fromUser(path), fromHome(path)];
  return !existsSync(typed) && existsSync(shown) ? shown : typed;
}

/** The same for a file that is to be written: there must be its folder. */
export function toUser(path: string): string {
  const [typed, shown] = [fromUser(path), fromHome(path)];
  return !existsSync(dirname(typed)) && existsSync(dirname(shown)) ? shown : typed;
}

/** How to type a command from where this one was typed, up to its arguments. */
export function commandHere(command: string): string {
  const isElsewhere = !isPackage && !isInside(relative(packageFolder, typedIn()));
  return isElsewhere
    ? commandWords(command).replace('npm ', () => `npm --prefix ${quote(packageFolder)} `)
    : commandWords(command);
}

/** A word as a shell takes it. */
export function quote(word: string): string {
  return /^[\w./,=@:+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** The text of a file that a user named, or why it cannot be had. */
export function readWhole(path: string, what: string): string {
  if (!existsSync(path)) throw new UsageError(`there is no ${what} ${shownPath(path)}`);
  if (!statSync(path).isFile()) throw new UsageError(`${shownPath(path)} is not a ${what}`);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${shownPath(path)} cannot be read: ${reasonOf(error)}`);
  }
}

/** Throws unless outputs and tapes can be left: better said before a run than after it. */
export function checkOutputFolder(): void {
  try {
    makeFolderSync(outputFolder);
    accessSync(outputFolder, constants.W_OK);
  } catch (error) {
    throw new UsageError(
      `${shownPath(outputFolder)}, where outputs and tapes go, cannot be written: ${reasonOf(error)}`,
    );
  }
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
}

const CHUNK_CHARACTERS = 1 << 20; // one string holds no trace of any length

/** A file that is written under another name when it is whole, and gets its own then. Refuses at once what cannot be written. */
export function createFile(path: string): NewFile {
  checkWritable(path);
  const chunks: string[] = ['']; // in memory: whoever ends this process before that leaves nothing behind
  return {
    write(text) {
      if ((chunks.at(-1) as string).length < CHUNK_CHARACTERS) chunks[chunks.length - 1] += text;
      else chunks.push(text);
    },
    publish: () => writeAndRename(path, chunks),
  };
}

/** Throws a `UsageError` unless a file can be written there. */
export function checkWritable(path: string): void {
  try {
    if (path.startsWith(outputFolder)) makeFolderSync(outputFolder); // other folders are the user's
    const present = statSync(path, { throwIfNoEntry: false });
    if (present !== undefined && !present.isFile()) throw new Error('it is there and is not a file'); // a device must not be replaced
    if (!existsSync(dirname(path))) throw new Error(`there is no folder ${shownPath(dirname(path))}`);
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    throw new UsageError(`${shownPath(path)} cannot be written: ${reasonOf(error)}`);
  }
}

function writeAndRename(path: string, chunks: readonly string[]): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
  try {
    const descriptor = openSync(temporary, 'w');
    for (const chunk of chunks) writeFileSync(descriptor, chunk);
    closeSync(descriptor);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new UsageError(`${shownPath(path)} cannot be written: ${reasonOf(error)}`);
  }
}

/** What the system says of a file, without the path, which is said already. */
export function reasonOf(error: unknown): string {
  return (error as Error).message.split(',', 1)[0] as string;
}
