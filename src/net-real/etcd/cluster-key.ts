// Which cluster a prefix belongs to: a key with its name, drawn by whoever asks first, which never changes. All that is written below the prefix is
// conditional on it: an etcd that lost its data, or another one at the same address, would begin again with epoch 1 beside a leader that lives.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { drawClusterLine, readClusterLine } from '../cluster-id.ts';
import { codeOf, makeFolderSync } from '../disk.ts';
import type { EtcdClient } from './client.ts';
import { EtcdFailure } from './failure.ts';
import { nameEtcdPlace, type EtcdPlace } from './place.ts';
import { hasRevision, put, range, rangeOf, type KeyValue } from './wire.ts';

/** Of the key that holds the name of the cluster. */
export function clusterKeyOf({ prefix }: EtcdPlace): string {
  return `${prefix}/cluster`;
}

/**
 * The line that names the cluster; it is drawn if there is none. Rejects with an `EtcdFailure`, which is final where the prefix is something else's.
 */
export async function takeClusterLine(client: EtcdClient, place: EtcdPlace): Promise<string> {
  const found = await findClusterLine(client, place);
  if (found !== null) return found;
  const [key, line] = [clusterKeyOf(place), drawClusterLine()];
  const { succeeded, found: there } = await client.transact({
    compare: [hasRevision(key, 0)],
    success: [put(key, line)],
    failure: [range(key)],
  });
  return succeeded ? line : checkedLine(there[0]?.[0], place); // another one was first
}

/** As `takeClusterLine`, but draws none; null: nothing was ever written below the prefix. */
export async function findClusterLine(client: EtcdClient, place: EtcdPlace): Promise<string | null> {
  const { found } = await client.transact({
    compare: [],
    success: [range(clusterKeyOf(place)), rangeOf(`${place.prefix}/`, 1)],
    failure: [],
  });
  const [[own] = [], [first] = []] = found;
  if (own !== undefined) return checkedLine(own, place);
  if (first === undefined) return null;
  throw new EtcdFailure(
    `${nameEtcdPlace(place)} holds keys that no Millrace cluster of that prefix wrote, such as "${first.key}": name another prefix`,
    { isFinal: true },
  );
}

function checkedLine(stored: KeyValue | undefined, place: EtcdPlace): string {
  const value = stored?.value ?? new Uint8Array();
  try {
    readClusterLine(value, `${nameEtcdPlace(place)}, key "${clusterKeyOf(place)}",`);
  } catch (error) {
    throw new EtcdFailure((error as Error).message, { isFinal: true });
  }
  return new TextDecoder().decode(value);
}

export interface Patience {
  /** For how long an etcd that does not answer is asked again. */
  readonly forMs: number;
  readonly pauseMs: number;
}

const PATIENCE: Patience = { forMs: 10_000, pauseMs: 200 };

/**
 * The name of the cluster, for a process that starts: an etcd that starts as well is waited for. Rejects with a sentence.
 *
 * @param work folder of the process: it remembers its cluster, and goes to no other
 */
export async function joinCluster(
  client: EtcdClient,
  place: EtcdPlace,
  work: string,
  { forMs, pauseMs }: Patience = PATIENCE,
): Promise<string> {
  const where = nameEtcdPlace(place);
  const begunAt = performance.now();
  for (;;) {
    try {
      await client.checkVersion();
      const id = readClusterLine(new TextEncoder().encode(await takeClusterLine(client, place)), where);
      remember(work, id, where);
      return id;
    } catch (error) {
      if (!(error instanceof EtcdFailure)) throw error;
      if (error.isFinal) throw new Error(error.message, { cause: error });
      if (performance.now() - begunAt >= forMs)
        throw new Error(`${where} does not serve: ${error.message}; asked for ${forMs / 1_000} s`, { cause: error });
    }
    await sleep(pauseMs);
  }
}

const FILE = 'cluster';

function remember(work: string, id: string, where: string): void {
  const path = join(work, FILE);
  const before = read(path);
  if (before === id) return;
  if (before !== null)
    throw new Error(
      `${where} is of cluster ${id}, and ${work} of cluster ${before}: name the prefix of that one, or another work folder`,
    );
  makeFolderSync(work);
  writeFileSync(path, `${id}\n`);
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}
