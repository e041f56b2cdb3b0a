// Old artifacts go: those that nobody needs, by age and by number. Needed are those of jobs that are not over and clean, and of jobs of which a savepoint, or a
// retained checkpoint, is there. Of a job that is gone the HA service no longer says which artifact it had, so the sweep keeps a list of its own; what that does
// not know needs all that was there by then.
import { link, mkdir, readdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { JOB_PREFIX, SAVEPOINT_PREFIX } from '../core/protocol/ha-keys.ts';
import type { JobRecord, SavepointRecord } from '../core/protocol/ha-records.ts';
import { decodeJob, decodeSavepoint } from '../core/protocol/records-codec.ts';
import { int64AsText } from '../core/base/json-value.ts';
import type { Result } from '../core/base/value.ts';
import { ARTIFACT_RETENTION_MS, type ArtifactBounds } from './artifact-bounds.ts';
import { artifactPath, ARTIFACT_USERS, listArtifacts } from './artifact-store.ts';
import { codeOf, PRIVATE_FILE, PRIVATE_FOLDER } from './disk.ts';
import { describeError } from './port-answers.ts';
import type { Port } from './port.ts';

export interface ArtifactSweepOptions {
  readonly storage: string;
  /** Of the HA service: `ha-read`. */
  readonly service: Port;
  readonly bounds: ArtifactBounds;
  /** Wall time in ms. */
  readonly now?: () => number;
}

/** Returns the hashes of those that it removed. Rejects with a sentence if the HA service or a record in it cannot be read: then nothing was removed. */
export async function sweepArtifacts({
  storage,
  service,
  bounds: { retained, retentionMs },
  now = Date.now,
}: ArtifactSweepOptions): Promise<readonly string[]> {
  await putBackAside(storage);
  const jobs = await readRecords<JobRecord>(service, JOB_PREFIX, decodeJob);
  const savepoints = await readRecords<SavepointRecord>(service, SAVEPOINT_PREFIX, decodeSavepoint);
  const users = await usersNow(storage, jobs, savepoints);
  const needed = new Set([...users.values(), ...jobs.flatMap(hashesIn)]);
  const unknownAt = savepoints
    .filter(({ jobId }) => !users.has(jobId))
    .reduce((latest, { completedAt }) => Math.max(latest, completedAt), Number.NEGATIVE_INFINITY);
  const idle = (await linesIn(storage)).filter(({ hash, madeAt }) => !needed.has(hash) && madeAt > unknownAt);
  const latestFirst = idle.toSorted((one, other) => other.usedAt - one.usedAt);
  const removed: string[] = [];
  for (const [index, { hash, usedAt }] of latestFirst.entries()) {
    const before = now() - (index < retained ? retentionMs : ARTIFACT_RETENTION_MS.min);
    if (usedAt < before && (await removeUnlessUsed(artifactPath(storage, hash), before))) removed.push(hash);
  }
  return removed;
}

async function readRecords<R>(
  service: Port,
  prefix: string,
  decode: (bytes: Uint8Array) => Result<R>,
): Promise<readonly R[]> {
  const answer = await service.request({ kind: 'ha-read', prefix });
  if (answer.kind !== 'ha-entries') throw new Error(`${prefix} in the HA service cannot be read`);
  return answer.entries.map(({ key, value }) => {
    const record = decode(value);
    if (!record.ok) throw new Error(`${key} in the HA service cannot be read: ${record.reason}`);
    return record.value;
  });
}

/** Its own, and those of code that its graph names, as sinks do. */
function hashesIn({ artifact, graph }: JobRecord): readonly string[] {
  return [artifact, ...(JSON.stringify(graph, int64AsText).match(/[0-9a-f]{64}/g) ?? [])];
}

interface ArtifactFile {
  readonly hash: string;
  /** By the clock of its file system, in ms. */
  readonly madeAt: number;
  readonly usedAt: number;
}

async function linesIn(storage: string): Promise<readonly ArtifactFile[]> {
  const lines = await Promise.all(
    (await listArtifacts({ storage })).map(async (hash) => {
      const there = await stat(artifactPath(storage, hash)).catch(() => null);
      if (there === null) return [];
      return [{ hash, madeAt: Math.min(there.birthtimeMs || there.mtimeMs, there.mtimeMs), usedAt: there.mtimeMs }];
    }),
  );
  return lines.flat();
}

// ---- Removing one that somebody may be about to use

const ASIDE = '.aside';

/** Whoever keeps an artifact that is there marks it as used (artifact-store.ts): so it is put aside, looked at once more, and put back if that came in between. */
async function removeUnlessUsed(path: string, before: number): Promise<boolean> {
  const aside = `${path}${ASIDE}`;
  if (!(await isIdle(path, before)) || !(await isDone(rename(path, aside)))) return false;
  const isGone = await isIdle(aside, before);
  if (!isGone) await isDone(link(aside, path)); // one that was kept anew meanwhile has the same bytes
  await isDone(unlink(aside));
  return isGone;
}

async function isIdle(path: string, before: number): Promise<boolean> {
  const there = await stat(path).catch(() => null);
  return there !== null && there.mtimeMs < before;
}

/** What a process that died in the middle of it left. */
async function putBackAside(storage: string): Promise<void> {
  const folder = join(resolve(storage), 'artifacts');
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.endsWith(ASIDE)) continue;
    await isDone(link(join(folder, name), join(folder, name.slice(0, -ASIDE.length))));
    await isDone(unlink(join(folder, name)));
  }
}

async function isDone(operation: Promise<void>): Promise<boolean> {
  try {
    await operation;
    return true;
  } catch (error) {
    if (['ENOENT', 'EEXIST'].includes(codeOf(error))) return false;
    throw error;
  }
}

// ---- Which artifact jobs had that are gone, and of which there is a savepoint

type Users = ReadonlyMap<string, string>;

async function usersNow(
  storage: string,
  jobs: readonly JobRecord[],
  savepoints: readonly SavepointRecord[],
): Promise<Users> {
  const before = await readUsers(storage);
  const all = new Map([...before, ...jobs.map(({ jobId, artifact }): [string, string] => [jobId, artifact])]);
  const wanted = new Set([...jobs, ...savepoints].map(({ jobId }) => jobId));
  const users = new Map([...all].filter(([jobId]) => wanted.has(jobId)));
  if (JSON.stringify([...users]) !== JSON.stringify([...before])) await writeUsers(storage, users);
  return users;
}

function usersPath(storage: string): string {
  return join(resolve(storage), ARTIFACT_USERS);
}

/** What cannot be read says nothing. */
async function readUsers(storage: string): Promise<Users> {
  try {
    const told = JSON.parse(await readFile(usersPath(storage), 'utf8')) as readonly (readonly [string, string])[];
    return new Map(told);
  } catch {
    return new Map();
  }
}

async function writeUsers(storage: string, users: Users): Promise<void> {
  const path = usersPath(storage);
  await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
  await writeFile(`${path}.new`, JSON.stringify([...users]), { mode: PRIVATE_FILE });
  await rename(`${path}.new`, path);
}

// ---- Now and then

const SWEEP_INTERVAL_MS = 600_000;
const FIRST_SWEEP_MS = 60_000;

export interface Sweeping {
  close(): void;
}

/** In each JobManager; only one that leads sweeps. */
export function sweepNowAndThen(
  options: ArtifactSweepOptions,
  isLeading: () => boolean,
  tell: (sentence: string) => void,
): Sweeping {
  let complaint = '';
  const sweep = async (): Promise<void> => {
    try {
      const removed = isLeading() ? await sweepArtifacts(options) : [];
      if (removed.length > 0) tell(`${removed.length} artifacts that nobody needs were removed: ${removed.join(', ')}`);
      complaint = '';
    } catch (error) {
      const text = `old artifacts are not removed: ${describeError(error)}`;
      if (text !== complaint) tell(text);
      complaint = text;
    }
    timer = setTimeout(() => void sweep(), SWEEP_INTERVAL_MS).unref();
    if (isClosed) clearTimeout(timer);
  };
  let isClosed = false;
  let timer = setTimeout(() => void sweep(), FIRST_SWEEP_MS).unref();
  return {
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}
