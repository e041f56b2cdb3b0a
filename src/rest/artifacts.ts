// Code of jobs as jars: uploaded once, kept by its hash in the storage of the cluster, run as often as one likes. The job is in the artifact
// (net-real/job-in-artifact.ts), as data: none of its code runs here.
import { statSync } from 'node:fs';
import type { Result } from '../core/base/value.ts';
import type { JobGraph } from '../core/graph/job-graph.ts';
import {
  artifactPath,
  keepArtifact,
  listArtifacts,
  readArtifact,
  removeArtifact,
  touchArtifact,
} from '../net-real/artifact-store.ts';
import { jobInArtifact, jobNameIn } from '../net-real/job-in-artifact.ts';

export interface ArtifactLine {
  readonly hash: string;
  /** Of its job; null: it was not uploaded, and has a scenario. */
  readonly job: string | null;
  /** Wall time in ms. */
  readonly uploadedAt: number;
}

export interface ArtifactKeeper {
  keep(bytes: Uint8Array): Promise<string>;
  list(): Promise<readonly ArtifactLine[]>;
  has(hash: string): Promise<boolean>;
  /** The job of an artifact, or what is wrong with it; null: there is no such artifact, or its bytes are damaged. */
  job(hash: string): Promise<Result<JobGraph> | null>;
  remove(hash: string): Promise<void>;
}

/** @param storage the folder of checkpoint storage, which all processes of a cluster share */
export function artifactKeeper(storage: string): ArtifactKeeper {
  return {
    keep: (bytes) => keepArtifact({ storage, bytes }),
    list: async () => {
      const hashes = await listArtifacts({ storage });
      const lines = await Promise.all(hashes.map((hash) => lineOf(storage, hash)));
      return lines.flatMap((line) => line ?? []);
    },
    has: async (hash) => (await readArtifact({ storage, hash })).kind === 'whole',
    job: async (hash) => {
      await touchArtifact({ storage, hash });
      const found = await readArtifact({ storage, hash });
      return found.kind === 'whole' ? jobInArtifact(found.bytes) : null;
    },
    remove: (hash) => removeArtifact({ storage, hash }),
  };
}

/** Null: it was removed meanwhile. */
async function lineOf(storage: string, hash: string): Promise<ArtifactLine | null> {
  const path = artifactPath(storage, hash);
  const there = statSync(path, { throwIfNoEntry: false });
  if (there === undefined) return null;
  return { hash, job: await jobNameIn(path), uploadedAt: Math.round(there.mtimeMs) };
}
