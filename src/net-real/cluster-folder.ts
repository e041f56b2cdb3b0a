// The folder of a cluster: where its processes, its commands and its readers find each other's files. Nothing else builds these paths.
//
//   ha/ storage/ sinks/    of all processes
//   sources/               topics as <topic>/<split>.jsonl
//   work/<name>/           of one process, and process.json: who has the name; address.json: where it is reached
//   logs/<name>.log        what the process said; .stdout and .stderr: what else came from it, where a command started it
//   rest-token             who may change something over REST; 0600
//   rest/<name>.json       where a JobManager listens for REST
import { randomBytes } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { codeOf, makeFolderSync, PRIVATE_FILE, SHARED_FOLDER } from './disk.ts';

/** Of every command that knows a cluster, in the current directory. */
export const CLUSTER_FOLDER = '.millrace';

export interface ClusterFolder {
  readonly root: string;
  readonly ha: string;
  readonly storage: string;
  readonly sinks: string;
  readonly sources: string;
  readonly work: string;
  readonly logs: string;
  readonly rest: string;
  readonly restToken: string;
}

/** Absolute paths; nothing is made. */
export function clusterFolder(root: string): ClusterFolder {
  const at = (name: string): string => join(resolve(root), name);
  return {
    root: resolve(root),
    ha: at('ha'),
    storage: at('storage'),
    sinks: at('sinks'),
    sources: at('sources'),
    work: at('work'),
    logs: at('logs'),
    rest: at('rest'),
    restToken: at('rest-token'),
  };
}

/** Before anything is made in it: whoever reads sinks goes through it. All else that a cluster makes there is private. */
export function makeRoot({ root }: ClusterFolder): void {
  makeFolderSync(root, SHARED_FOLDER);
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Whether a process may be called so: its name is one of a folder and of a file. */
export function isProcessName(name: string): boolean {
  return NAME.test(name);
}

export const PROCESS_NAME_RULE =
  'a name has 1 to 64 letters, digits, dots, dashes and underscores, and begins with a letter or digit';

export function workFolderOf(folder: ClusterFolder, name: string): string {
  return join(folder.work, name);
}

export function logFileOf(folder: ClusterFolder, name: string): string {
  return join(folder.logs, `${name}.log`);
}

// ---- Where a process is

export interface ProcessPlace {
  readonly address: string;
  readonly role: 'jobmanager' | 'taskmanager';
  /** Of Millrace. */
  readonly version: string;
}

/** As it stands in the file: with the last addresses of the processes before, the newest first. */
interface KeptPlace extends ProcessPlace {
  readonly former?: readonly string[];
}

/** Addresses of a name that are known: what is said of a process that is gone leads to its log as long as that. */
const FORMER_MAX = 16;

/** When a process is up. The file appears whole. */
export function tellPlace(folder: ClusterFolder, name: string, given: ProcessPlace): void {
  const work = workFolderOf(folder, name);
  makeFolderSync(work);
  const before = readKept(folder, name);
  const known = before === null ? [] : [before.address, ...(before.former ?? [])];
  const former = known.filter((address) => address !== given.address).slice(0, FORMER_MAX);
  const place: KeptPlace = { ...given, former };
  const fresh = join(work, `.address.${process.pid}.partial`);
  writeFileSync(fresh, `${JSON.stringify(place)}\n`, { mode: PRIVATE_FILE });
  renameSync(fresh, placeFileOf(folder, name));
}

/** Where the process that had the name last was up; null: none said so. */
export function readProcessPlace(folder: ClusterFolder, name: string): ProcessPlace | null {
  const kept = readKept(folder, name);
  if (kept === null) return null;
  const { address, role, version } = kept;
  return { address, role, version };
}

function readKept(folder: ClusterFolder, name: string): KeptPlace | null {
  try {
    const kept = JSON.parse(readFileSync(placeFileOf(folder, name), 'utf8')) as KeptPlace;
    if (typeof kept.address !== 'string') return null;
    return { ...kept, former: Array.isArray(kept.former) ? kept.former : [] };
  } catch (error) {
    if (error instanceof SyntaxError || codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The process that was the last to be up there; null: none of this folder. One whose name has another process now had it last if nobody is there. */
export function nameAt(folder: ClusterFolder, address: string): string | null {
  return lastAt(folder, (place) => place.address === address) ?? lastAt(folder, isFormer(address));
}

const isFormer =
  (address: string) =>
  ({ former = [] }: KeptPlace): boolean =>
    former.includes(address);

function lastAt(folder: ClusterFolder, isThere: (place: KeptPlace) => boolean): string | null {
  let [found, foundAt]: [string | null, number] = [null, -1];
  for (const name of namesIn(folder.work)) {
    const at = statSync(placeFileOf(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? -1;
    const place = at > foundAt ? readKept(folder, name) : null;
    if (place !== null && isThere(place)) [found, foundAt] = [name, at];
  }
  return found;
}

function placeFileOf(folder: ClusterFolder, name: string): string {
  return join(workFolderOf(folder, name), 'address.json');
}

// ---- The token of REST

/** The token of the cluster; whoever asks first draws it. Throws if the file cannot be read or written. */
export function takeRestToken(folder: ClusterFolder): string {
  const kept = readRestToken(folder);
  if (kept !== null) return kept;
  makeRoot(folder);
  // By a link, not by an exclusive open: nobody ever reads a file that is not written yet.
  const drawn = join(folder.root, `.rest-token.${process.pid}.${randomBytes(4).toString('hex')}`);
  writeFileSync(drawn, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(drawn, folder.restToken);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(drawn, { force: true });
  }
  return readFileSync(folder.restToken, 'utf8').trim();
}

/** Null: no process of the cluster has drawn one yet. Throws if the file is there and cannot be read. */
export function readRestToken(folder: ClusterFolder): string | null {
  try {
    return readFileSync(folder.restToken, 'utf8').trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

// ---- Where REST listens

export interface RestPlace {
  readonly url: string;
  readonly pid: number;
}

/** When a JobManager listens for REST. The file appears whole. */
export function tellRestPlace(folder: ClusterFolder, name: string, place: RestPlace): void {
  makeFolderSync(folder.rest);
  const fresh = join(folder.rest, `.${name}.${process.pid}.partial`);
  writeFileSync(fresh, `${JSON.stringify(place)}\n`, { mode: PRIVATE_FILE });
  renameSync(fresh, join(folder.rest, `${name}.json`));
}

/** When it ends in good order. A file that another process wrote meanwhile stays. */
export function forgetRestPlace(folder: ClusterFolder, name: string, pid: number): void {
  const path = join(folder.rest, `${name}.json`);
  if (readPlace(path)?.pid === pid) rmSync(path, { force: true });
}

/** By name of the JobManager, sorted. One that was killed is still among them: ask it. */
export function readRestPlaces(folder: ClusterFolder): ReadonlyMap<string, RestPlace> {
  const names = namesIn(folder.rest).filter((name) => name.endsWith('.json') && !name.startsWith('.'));
  const places = names
    .sort()
    .map((name) => [name.slice(0, -'.json'.length), readPlace(join(folder.rest, name))] as const);
  return new Map(places.filter((entry): entry is readonly [string, RestPlace] => entry[1] !== null));
}

/** Null: it is not there, or is none. */
function readPlace(path: string): RestPlace | null {
  try {
    const { url, pid } = JSON.parse(readFileSync(path, 'utf8')) as Partial<RestPlace>;
    return typeof url === 'string' && typeof pid === 'number' ? { url, pid } : null;
  } catch (error) {
    if (error instanceof SyntaxError || codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
