// A disk as plain data: files with the changes that were not synced, and a folder of names with those that were not. What a crash leaves of it
// is chosen by whoever kills the node. file-store.ts puts one behind a port for each node.

export interface Disk {
  /** Which file a name stands for, as the node sees it. */
  readonly names: Map<string, number>;
  /** Changes of names since the folder was synced, oldest first: what the names stood for before. */
  unsyncedNames: readonly (readonly NameBefore[])[];
  readonly files: Map<number, DiskFile>;
  nextFile: number;
}

interface NameBefore {
  readonly path: string;
  /** Null: the name did not exist. */
  readonly file: number | null;
}

export interface DiskFile {
  /** The name that it was given last, for the names of decisions. */
  path: string;
  content: Uint8Array;
  /** Oldest first. */
  unsynced: readonly FileChange[];
}

interface FileChange {
  readonly before: Uint8Array;
  /** What the bytes are put behind: nothing, where the file is written anew. */
  readonly base: Uint8Array;
  readonly bytes: Uint8Array;
}

/** Answers a question of a crash with an integer in [0, n); 0: nothing is lost. */
export type Choose = (question: string, n: number) => number;

const EMPTY = new Uint8Array(0);

export function createDisk(): Disk {
  return { names: new Map(), unsyncedNames: [], files: new Map(), nextFile: 1 };
}

/** What a name holds, or null. */
export function contentOf(disk: Disk, path: string): Uint8Array | null {
  return fileAt(disk, path)?.content ?? null;
}

export function fileAt({ names, files }: Disk, path: string): DiskFile | null {
  return files.get(names.get(path) ?? 0) ?? null;
}

/** Writes a file anew, or behind what it has; makes it if it is not there. Returns its size. */
export function writeFile(disk: Disk, path: string, bytes: Uint8Array, isAppended: boolean): number {
  const file = fileAt(disk, path) ?? createFile(disk, path);
  const before = file.content;
  const base = isAppended ? before : EMPTY;
  file.content = joined(base, bytes);
  file.unsynced = [...file.unsynced, { before, base, bytes }];
  return file.content.length;
}

function createFile(disk: Disk, path: string): DiskFile {
  const file: DiskFile = { path, content: EMPTY, unsynced: [] };
  disk.files.set(disk.nextFile, file);
  rename(disk, [{ path, file: disk.nextFile }]);
  disk.nextFile += 1;
  return file;
}

/** Gives a file another name, in place of the file that had it. */
export function moveFile(disk: Disk, from: string, to: string): void {
  const file = disk.names.get(from) ?? 0;
  rename(disk, [
    { path: from, file: null },
    { path: to, file },
  ]);
  const moved = disk.files.get(file);
  if (moved !== undefined) moved.path = to;
}

export function deleteFile(disk: Disk, path: string): void {
  rename(disk, [{ path, file: null }]);
}

function rename(disk: Disk, names: readonly NameBefore[]): void {
  const before = names.map(({ path }) => ({ path, file: disk.names.get(path) ?? null }));
  disk.unsyncedNames = [...disk.unsyncedNames, before];
  setNames(disk, names);
}

function setNames(disk: Disk, names: readonly NameBefore[]): void {
  for (const { path, file } of names) {
    if (file === null) disk.names.delete(path);
    else disk.names.set(path, file);
  }
}

/** Names are durable; files without one are gone. */
export function syncFolder(disk: Disk): void {
  disk.unsyncedNames = [];
  const named = new Set(disk.names.values());
  for (const file of disk.files.keys()) if (!named.has(file)) disk.files.delete(file);
}

/** What a loss of power leaves. Returns what was lost, one text each. */
export function tearDisk(disk: Disk, choose: Choose): readonly string[] {
  const files = [...disk.files.values()].map((file) => tearFile(file, choose));
  const names = tearNames(disk, choose);
  syncFolder(disk);
  return [...files, names].filter((text) => text !== null);
}

function tearFile(file: DiskFile, choose: Choose): string | null {
  const { unsynced, path } = file;
  file.unsynced = []; // what survives is on the disk
  const lost = unsynced.length === 0 ? 0 : choose(`file/${path}`, unsynced.length + 1);
  const oldest = unsynced[unsynced.length - lost];
  if (oldest === undefined) return null;
  file.content = partOf(oldest, choose(`bytes/${path}`, partsOf(oldest)));
  return `${path} is left with ${file.content.length} bytes`;
}

/** As before, or with any number of its bytes but all of them; written anew, it may be empty, or whole without what came behind. */
function partsOf({ base, before, bytes }: FileChange): number {
  return base === before ? Math.max(1, bytes.length) : 2 + bytes.length;
}

function partOf({ base, before, bytes }: FileChange, part: number): Uint8Array {
  if (part === 0) return before;
  return joined(base, bytes.subarray(0, base === before ? part : part - 1));
}

function tearNames(disk: Disk, choose: Choose): string | null {
  const { unsyncedNames } = disk;
  const lost = unsyncedNames.length === 0 ? 0 : choose('names', unsyncedNames.length + 1);
  for (const before of unsyncedNames.slice(unsyncedNames.length - lost).toReversed()) setNames(disk, before);
  return lost === 0 ? null : `the last ${lost} changes of names are undone`;
}

function joined(base: Uint8Array, bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(base.length + bytes.length);
  whole.set(base);
  whole.set(bytes, base.length);
  return whole;
}
