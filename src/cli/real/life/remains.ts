// What is left of a cluster that lived without a trace and without history: what its HA service holds, and the files that this names.
import { describeReason } from '../../../core/protocol/describe-reason.ts';
import { JOB_PREFIX } from '../../../core/protocol/ha-keys.ts';
import type { HaEntry } from '../../../core/protocol/ports.ts';
import type { KeyWrite } from '../../../net-real/ha-map.ts';
import { haServiceAt } from '../../../net-real/ha-service.ts';
import { savepointsLeft } from '../jobs/lives.ts';
import { filesOfSavepoints, type KeptFiles } from '../jobs/savepoints.ts';
import type { Blobs } from '../jobs/span.ts';
import { readBlob, type Scratch } from '../scratch.ts';

/** In the order in which they were written last. */
export async function readEntries({ ha }: Scratch): Promise<readonly HaEntry[]> {
  const service = (await haServiceAt(ha)).open();
  const answer = await service.request({ kind: 'ha-read', prefix: '' });
  await service.close();
  if (answer.kind === 'ha-entries') return answer.entries.toSorted((a, b) => a.revision - b.revision);
  const why = answer.kind === 'failed' ? describeReason(answer.reason) : `it answered ${answer.kind}`;
  throw new Error(`the HA service of the run cannot be read: ${why}`);
}

/** Of jobs that live: what a job was accepted by is deleted with its end. */
export function jobRecordsIn(entries: readonly HaEntry[]): readonly HaEntry[] {
  return entries.filter(({ key }) => key.startsWith(JOB_PREFIX));
}

export interface LifeRemains {
  readonly history: readonly KeyWrite[];
  readonly kept: KeptFiles;
  /** Metadata of all savepoints that are left. */
  readonly metadata: Blobs;
}

export async function remainsOf(scratch: Scratch, accepted: Iterable<HaEntry>): Promise<LifeRemains> {
  const history = [...accepted, ...(await readEntries(scratch))].map(({ key, value }) => ({ key, value }));
  const savepoints = savepointsLeft(history);
  const metadata = savepoints.flatMap(({ metadata: { name } }) => {
    const bytes = readBlob(scratch, name);
    return bytes === null ? [] : [[name, bytes] as const];
  });
  return {
    history,
    kept: filesOfSavepoints(savepoints, (name) => readBlob(scratch, name)),
    metadata: new Map(metadata),
  };
}
