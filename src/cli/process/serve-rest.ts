// REST of a JobManager's process: with the token of its cluster, and told in the folder of the cluster, where commands find it.
import { readFileSync } from 'node:fs';
import { messageOf } from '../../core/base/stack-lines.ts';
import { readBuilt, readManifest } from '../../layout.ts';
import { artifactKeeper } from '../../rest/artifacts.ts';
import {
  forgetRestPlace,
  nameAt,
  takeRestToken,
  tellRestPlace,
  type ClusterFolder,
} from '../../net-real/cluster-folder.ts';
import type { JobManagerConfig, RunningJobManager } from '../../net-real/job-manager-process.ts';
import { logsInFolder, logsInMemory, type KeptLogs } from '../../net-real/log/kept-logs.ts';
import type { ProcessLog } from '../../net-real/log/process-log.ts';
import { Gateway, type LogShelf } from '../../rest/gateway.ts';
import { startRest, type LivePage, type RestServer } from '../../rest/server.ts';
import { UsageError } from '../exit-codes.ts';
import { reasonOf, shownPath } from '../files.ts';
import type { RestPlan } from './read-process.ts';

interface RestPlace {
  readonly name: string;
  readonly cluster: ClusterFolder | null;
  readonly processLog: ProcessLog;
}

/** Throws a `UsageError`, with the JobManager stopped, if REST cannot be answered there. */
export async function serveRest(
  plan: RestPlan,
  { options, storage }: Pick<JobManagerConfig, 'options' | 'storage'>,
  running: RunningJobManager,
  { name, cluster, processLog }: RestPlace,
): Promise<RestServer> {
  try {
    const token = plan.isOpen ? null : readToken(plan, cluster);
    const version = { number: readManifest().version, commit: readBuilt()?.commit ?? 'checkout' };
    const artifacts = artifactKeeper(storage ?? '');
    const logs = shelfOf(name, cluster, processLog);
    const gateway = new Gateway({ desk: running.desk, metrics: running.metrics, options, version, artifacts, logs });
    const log = (line: string): void => processLog.say('rest', line);
    const server = await startRest({ listen: plan.listen, token, gateway, page: renderPage, log });
    if (cluster !== null) tellRestPlace(cluster, name, { url: server.url, pid: process.pid });
    return {
      url: server.url,
      close: async () => {
        if (cluster !== null) forgetRestPlace(cluster, name, process.pid);
        await server.close();
      },
    };
  } catch (error) {
    await running.stop();
    throw new UsageError(messageOf(error));
  }
}

/** Logs in the folder of the cluster; without one, what this process told last. */
function shelfOf(name: string, cluster: ClusterFolder | null, processLog: ProcessLog): LogShelf {
  if (cluster === null) return { own: logsInMemory(name, () => processLog.recent()), at: () => null };
  const logsOf = (process: string): KeptLogs => logsInFolder(cluster.logs, process);
  return {
    own: logsOf(name),
    at(address) {
      const process = nameAt(cluster, address);
      return process === null ? null : logsOf(process);
    },
  };
}

/** Loaded when a browser asks: a bundle of the page is made in a checkout, in half a second. */
async function renderPage(): Promise<LivePage> {
  const { renderLivePage } = await import('../../../reports/html/live-page.ts');
  return renderLivePage();
}

function readToken({ tokenFile }: RestPlan, cluster: ClusterFolder | null): string {
  if (tokenFile === null) return takeRestToken(cluster as ClusterFolder); // one of both is there: the command line was read so
  try {
    const token = readFileSync(tokenFile, 'utf8').trim();
    if (token !== '') return token;
  } catch (error) {
    throw new Error(`the token of REST cannot be read: ${reasonOf(error)}`, { cause: error });
  }
  throw new Error(`the token of REST is empty: ${shownPath(tokenFile)}`);
}
