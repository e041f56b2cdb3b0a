// The name and the work folder of a process. In the folder of a cluster each name is one process's at a time.
import { basename, join } from 'node:path';
import { makeRoot, workFolderOf, type ClusterFolder } from '../../net-real/cluster-folder.ts';
import { describeHolder, hold, type Held } from '../../net-real/holder.ts';
import { UsageError } from '../exit-codes.ts';
import { reasonOf } from '../files.ts';
import type { ProcessRole } from './options.ts';
import type { ProcessPlace } from './read-process.ts';

export interface TakenPlace {
  readonly cluster: ClusterFolder | null;
  readonly name: string;
  readonly work: string;
  /** The name is free again. */
  readonly release: () => void;
}

const NAMES_MAX = 10_000; // of one role, in one cluster, on one host

/** Throws a `UsageError` if somebody else has the name, or the folder cannot be written. */
export function takePlace(role: ProcessRole, { cluster, name, work }: ProcessPlace): TakenPlace {
  // Without a cluster nobody else may have the work folder, which is the user's affair.
  if (cluster === null) return { cluster, name: name ?? basename(work ?? role), work: work ?? '', release: () => {} };
  makeRootOf(cluster);
  const at = (taken: string, release: () => void): TakenPlace => ({
    cluster,
    name: taken,
    work: work ?? workFolderOf(cluster, taken),
    release,
  });
  if (name !== null) {
    const held = holdName(cluster, name);
    if (held.ok) return at(name, held.release);
    throw new UsageError(`"${name}" is the name of ${describeHolder(held.by)}: give this one another --name`);
  }
  const prefix = role === 'jobmanager' ? 'jm' : 'tm';
  for (let number = 1; number <= NAMES_MAX; number++) {
    const held = holdName(cluster, `${prefix}-${number}`);
    if (held.ok) return at(`${prefix}-${number}`, held.release);
  }
  throw new UsageError(`all names from ${prefix}-1 to ${prefix}-${NAMES_MAX} are taken: give this one a --name`);
}

function makeRootOf(cluster: ClusterFolder): void {
  try {
    makeRoot(cluster);
  } catch (error) {
    throw new UsageError(`the folder ${cluster.root} cannot be written: ${reasonOf(error)}`);
  }
}

function holdName(cluster: ClusterFolder, name: string): Held {
  const folder = workFolderOf(cluster, name);
  try {
    return hold(join(folder, 'process.json'));
  } catch (error) {
    throw new UsageError(`the folder ${folder} cannot be written: ${reasonOf(error)}`);
  }
}
