// Code of jobs as jars: uploaded once, kept by its hash in the storage of the cluster, run as often as one likes.
import { keepArtifact, listArtifacts, readArtifact, removeArtifact } from '../net-real/artifact-store.ts';

export interface ArtifactKeeper {
  keep(bytes: Uint8Array): Promise<string>;
  /** Hashes. */
  list(): Promise<readonly string[]>;
  has(hash: string): Promise<boolean>;
  remove(hash: string): Promise<void>;
}

/** @param storage the folder of checkpoint storage, which all processes of a cluster share */
export function artifactKeeper(storage: string): ArtifactKeeper {
  return {
    keep: (bytes) => keepArtifact({ storage, bytes }),
    list: () => listArtifacts({ storage }),
    has: async (hash) => (await readArtifact({ storage, hash })).kind === 'whole',
    remove: (hash) => removeArtifact({ storage, hash }),
  };
}
