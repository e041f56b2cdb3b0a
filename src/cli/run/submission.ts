// A job that is submitted to a cluster of this host, by a client in this process, until it is over.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withDefaults } from '../../core/base/options.ts';
import { client, type ClientResult, type ClientState } from '../../core/client/client.ts';
import { clusterOptionTable, type ClusterOptions } from '../../core/protocol/cluster-options.ts';
import { keepArtifact } from '../../net-real/artifact-store.ts';
import { makeRoot, type ClusterFolder } from '../../net-real/cluster-folder.ts';
import { makeFolderSync } from '../../net-real/disk.ts';
import type { Trust } from '../trust-options.ts';
import { startMachine, type RunningMachine } from '../../net-real/processes.ts';
import type { ShippedJob } from '../job/job-file.ts';

export interface Submission {
  readonly jobId: string;
  /** It is durable: the job goes on without this process. */
  isAccepted(): boolean;
  /** How the job ended; rejects when `abort` is aborted first, and with `Unanswered` when nobody accepts it for so long. */
  ended(abort: AbortSignal, patienceMs?: number): Promise<ClientResult>;
  close(): Promise<void>;
}

/** No leader said that it has the job, in one sentence. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

const LOOK_MS = 20;
/** An election takes some seconds, a busy machine some more. */
const PATIENCE_MS = 30_000;

/**
 * @param place.ha as `readHa` returns it
 * @param place.work of the client: a folder of its own
 */
export async function submit(
  { graph, artifact }: ShippedJob,
  jobId: string,
  {
    folder,
    ha,
    work,
    set,
    trust,
  }: {
    readonly folder: ClusterFolder;
    readonly ha: string;
    readonly work: string;
    readonly set: Partial<ClusterOptions>;
    /** That of the cluster. */
    readonly trust: Trust;
  },
): Promise<Submission> {
  makeRoot(folder);
  makeFolderSync(folder.storage);
  const hash = await keepArtifact({ storage: folder.storage, bytes: artifact.contents });
  const options = withDefaults(clusterOptionTable, set);
  const machine: RunningMachine<ClientState> = await startMachine(
    {
      listen: '127.0.0.1:0',
      advertise: null,
      ha,
      storage: null,
      ...trust,
      work: join(work, 'client'),
      trace: null,
      options,
      log: () => {}, // that a JobManager died is told by those who live
    },
    (address) => client({ address, options, request: { kind: 'submit', jobId, graph, artifact: hash } }),
    [],
  );
  const threw = machine.halted.then(() => {});
  threw.catch(() => {}); // told to whoever waits
  return {
    jobId,
    isAccepted: () => machine.state().phase !== 'ASKING',
    async ended(abort, patienceMs = PATIENCE_MS) {
      const begunAt = performance.now();
      for (;;) {
        const { phase, result, watch } = machine.state();
        if (phase === 'DONE' && result !== null) return result;
        if (phase === 'ASKING' && performance.now() - begunAt > patienceMs)
          throw new Unanswered(unanswered(jobId, watch.leader, patienceMs));
        await Promise.race([sleep(LOOK_MS, undefined, { signal: abort }), threw]);
      }
    },
    close: () => machine.stop(),
  };
}

function unanswered(jobId: string, leader: ClientState['watch']['leader'], waitedMs: number): string {
  const tried = leader === null ? 'nobody leads' : `${leader.address} leads with epoch ${leader.epoch}, and was asked`;
  return `no leader has answered for ${waitedMs / 1_000} s: ${tried}; whether job ${jobId} was accepted is not known`;
}
