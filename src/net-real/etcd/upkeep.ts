// What the process of the leader does for etcd itself while it leads: it has history compacted, if the place says so, and tells what an operator must act on.
// History belongs to all who use that etcd, so that nobody compacts it unasked.
import type { EtcdClient } from './client.ts';
import type { EtcdPlace } from './place.ts';
import { inspectServers } from './servers.ts';

/** Between two looks at its members. */
const LOOK_MS = 3_600_000;

export interface Upkeep {
  /** A leader of this process renewed its lease, at this revision. Its lease does not wait for what follows. */
  onRenewed(revision: number): void;
}

export interface UpkeepOptions {
  readonly place: EtcdPlace;
  readonly client: EtcdClient;
  readonly tell: (sentence: string) => void;
}

export function upkeep({ place, client, tell }: UpkeepOptions): Upkeep {
  const { keepRevisions } = place;
  let isBusy = false;
  let compactsAt = 0;
  let looksAt = performance.now();

  async function work(revision: number): Promise<void> {
    if (keepRevisions !== null && revision >= compactsAt) {
      compactsAt = revision + keepRevisions; // whatever becomes of it: what is refused now would be refused at each renewal
      if (revision > keepRevisions) await client.compact(revision - keepRevisions).catch(tellFailure);
    }
    if (performance.now() < looksAt) return;
    looksAt = performance.now() + LOOK_MS;
    const { conditions } = await inspectServers(place, client);
    for (const { status, says, advice } of conditions) if (status !== 'ok') tell(`${says}: ${advice}`);
  }

  function tellFailure(error: unknown): void {
    tell(`history is not compacted: ${(error as Error).message}`);
  }

  return {
    onRenewed(revision) {
      if (isBusy) return;
      isBusy = true;
      void work(revision)
        .catch(tellFailure)
        .finally(() => (isBusy = false));
    },
  };
}
