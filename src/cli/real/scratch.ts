// The folders of a real run, below one that goes away with it.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { jsonOf } from '../../core/base/json-value.ts';
import { ARTIFACT_USERS, isArtifactName, keepArtifact } from '../../net-real/artifact-store.ts';
import { secretPlace } from '../../net-real/cluster-secret.ts';
import { makeFolderSync } from '../../net-real/disk.ts';
import { keepHaHistory } from '../../net-real/ha-history.ts';
import { isHaFolder } from '../../net-real/ha-service.ts';
import { listParts, parsePart, readPart } from '../../net-real/sink-parts.ts';
import type { Topic } from '../../scenario/scenario.ts';
import { UsageError } from '../exit-codes.ts';
import type { Bundle } from '../scenario/bundle.ts';
import { pathOf, type CommittedPart } from './jobs/judge-jobs.ts';

export interface Scratch {
  readonly root: string;
  readonly sources: string;
  readonly sinks: string;
  /** As `readHa` returns it. */
  readonly ha: string;
  readonly storage: string;
  readonly work: string;
  readonly traces: string;
  readonly logs: string;
}

const parts = ['sources', 'sinks', 'storage', 'work', 'traces', 'logs'] as const;

/**
 * @param ha where the HA service of the run is, as `readHa` returns it; null: in a folder beside the others
 * @param keepsHistory all that was ever written to it stays, for the judges
 */
export function createScratch(ha: string | null = null, keepsHistory = true): Scratch {
  const root = placed(() => mkdtempSync(join(tmpdir(), 'millrace-real-')));
  const folders = Object.fromEntries(parts.map((part) => [part, join(root, part)])) as Record<
    (typeof parts)[number],
    string
  >;
  const scratch = { root, ha: ha ?? join(root, 'ha'), ...folders };
  for (const folder of foldersOf(scratch)) mkdirSync(folder);
  if (keepsHistory && isHaFolder(scratch.ha)) keepHaHistory(scratch.ha);
  return scratch;
}

function foldersOf(scratch: Scratch): readonly string[] {
  const folders = parts.map((part) => scratch[part]);
  return isHaFolder(scratch.ha) ? [...folders, scratch.ha] : folders;
}

/** What cannot be written is the system's answer to where it should be. */
function placed<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw new UsageError(noPlace(error));
  }
}

function noPlace(error: unknown): string {
  return `there is no place for the scratch folder of the run: ${(error as Error).message}`;
}

/** Somebody removed a part of it: `rm -r /tmp/*`, or a job that cleans up there. */
export function isGone(scratch: Scratch): boolean {
  return foldersOf(scratch).some((folder) => !existsSync(folder));
}

const LITTLE_ROOM_BYTES = 65_536;

/** A sentence if the disk is full: who could not write there could not complain there either. */
export function lackOfRoom({ root }: Scratch): string[] {
  const { bavail, bsize } = statfsSync(root);
  const freeBytes = bavail * bsize;
  return freeBytes < LITTLE_ROOM_BYTES ? [`the disk of ${root} is full: ${freeBytes} bytes are free`] : [];
}

/** Split s of topic t is `<t>/<s>.jsonl`, one value a line. */
export function writeSources(scratch: Scratch, topics: Readonly<Record<string, Topic>>): void {
  for (const [name, { splits }] of Object.entries(topics)) {
    const folder = join(scratch.sources, name);
    placed(() => makeFolderSync(folder));
    for (const [split, values] of splits.entries()) {
      const text = values.map((value) => `${jsonOf(value)}\n`).join('');
      placed(() => writeFileSync(join(folder, `${split}.jsonl`), text));
    }
  }
}

export async function writeArtifact({ storage }: Scratch, { contents }: Bundle): Promise<void> {
  await keepArtifact({ storage, bytes: contents }).catch((error: unknown) => {
    throw new UsageError(noPlace(error));
  });
}

/** What readers see: the parts of each sink. */
export async function readCommitted(scratch: Scratch, sinks: readonly string[]): Promise<readonly CommittedPart[]> {
  const read = sinks.map(async (sink) => {
    const parts = await listParts(scratch.sinks, sink);
    return Promise.all(
      parts.map(async (part) => {
        const { name, jobId } = part;
        return { sink, name, jobId, records: await readPart(scratch.sinks, sink, part) };
      }),
    );
  });
  return (await Promise.all(read)).flat();
}

/** The parts of a job that are there right now, as `<sink>/<part>`. */
export function partsOfJob(scratch: Scratch, sinks: readonly string[], jobId: string): ReadonlySet<string> {
  const ofSink = (sink: string): readonly string[] =>
    namesIn(join(scratch.sinks, sink))
      .filter((name) => parsePart(name)?.jobId === jobId)
      .map((name) => pathOf({ sink, name }));
  return new Set(sinks.flatMap(ofSink));
}

/** Names of files, below the scratch folder. */
export interface Leftovers {
  readonly checkpoints: readonly string[];
  readonly output: readonly string[];
}

/**
 * Files of checkpoints, which artifacts are not, and of output that was never committed: jobs that are over need neither.
 * @param kept names of blobs that savepoints need
 */
export function findLeftovers(
  { root, ha, storage, sinks: folder }: Scratch,
  sinks: readonly string[],
  kept: ReadonlySet<string>,
): Leftovers {
  const secret = secretPlace({ ha, storage })?.path; // of the cluster
  const isLeft = (path: string): boolean => {
    const name = relative(storage, path);
    return path !== secret && !kept.has(name) && !isArtifactName(name) && name !== ARTIFACT_USERS;
  };
  const named = (paths: readonly string[]): string[] => paths.map((path) => relative(root, path)).sort();
  const output = sinks.flatMap((sink) => filesIn(join(folder, sink)));
  return {
    checkpoints: named(filesIn(storage).filter(isLeft)),
    output: named(output.filter((path) => /\.(open|prepared|sum-[^/]*)$/.test(path))),
  };
}

/** A blob of checkpoint storage; null: it is not there. */
export function readBlob({ storage }: Scratch, name: string): Uint8Array | null {
  const path = join(storage, name);
  return existsSync(path) ? readFileSync(path) : null;
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

export function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
