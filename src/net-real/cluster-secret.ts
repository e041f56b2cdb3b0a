// The secret of a cluster: whoever has it is one of its processes. It lies where all of them can read it, or in a file that the user names.
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { codeOf, makeFolderSync } from './disk.ts';
import { isHaFolder } from './ha-service.ts';

export interface ClusterSecret {
  readonly key: Uint8Array;
  /** Its file, for sentences. */
  readonly place: string;
}

/** Where the secret of a cluster is looked for. */
export interface SecretFile {
  readonly path: string;
  /** Whoever asks first draws it; else it is a file of the user's, which is there. */
  readonly isDrawn: boolean;
}

/** Of what the processes of a cluster share. */
export interface SharedPlaces {
  /** As `readHa` returns it. */
  readonly ha: string;
  readonly storage: string | null;
}

const CHARACTERS_MIN = 32;
const BYTES_MAX = 4_096;
const READABLE_BY_OTHERS = 0o007;

/**
 * Where the secret of a cluster lies if nobody names a file: in the folder of the HA service, which makes the cluster; where that is no folder, in the
 * folder of checkpoint storage. Null: there is neither.
 */
export function secretPlace({ ha, storage }: SharedPlaces): SecretFile | null {
  if (isHaFolder(ha)) return { path: join(ha, 'secret'), isDrawn: true };
  return storage === null ? null : { path: join(storage, '.secret'), isDrawn: true };
}

/** Throws a sentence if the file cannot be read or written, or holds no secret. */
export function takeSecret({ path, isDrawn }: SecretFile): ClusterSecret {
  return readIfThere(path) ?? (isDrawn ? draw(path) : refuse(path));
}

function refuse(path: string): never {
  throw new Error(`there is no secret ${path}: make one, the same for all processes, with "openssl rand -hex 32"`);
}

function readIfThere(path: string): ClusterSecret | null {
  let text: string;
  try {
    refuseOpen(path);
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    if (codeOf(error) === '') throw error; // a sentence already
    throw new Error(`the secret ${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  if (text.length >= CHARACTERS_MIN) return { key: new TextEncoder().encode(text), place: path };
  throw new Error(`${path} holds a secret of ${text.length} characters: expected at least ${CHARACTERS_MIN}`);
}

function refuseOpen(path: string): void {
  const { mode, size } = statSync(path);
  if (size > BYTES_MAX)
    throw new Error(`${path} holds no secret: it has ${size} bytes, at most ${BYTES_MAX} are taken`);
  if ((mode & READABLE_BY_OTHERS) === 0 || process.platform === 'win32') return; // where modes say nothing
  throw new Error(
    `the secret ${path} is open to every user of this host: take that away with "chmod 600 ${path}", or, where the file system has no modes, name another file with --secret-file`,
  );
}

/** By a link, not by an exclusive open: nobody ever reads a file that is not written yet. Of all who try, one is first; the others take its secret. */
function draw(path: string): ClusterSecret {
  const folder = dirname(path);
  const drawn = join(folder, `.secret.${process.pid}.${randomBytes(4).toString('hex')}`);
  try {
    makeFolderSync(folder);
    writeSynced(drawn, `${randomBytes(32).toString('hex')}\n`);
    linkSync(drawn, path);
    syncFolder(folder);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST')
      throw new Error(`no secret can be kept in ${path}: ${(error as Error).message}`, { cause: error });
  } finally {
    rmSync(drawn, { force: true });
  }
  return readIfThere(path) ?? refuse(path);
}

function writeSynced(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}
