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
import { logsInFolder, type KeptLogs } from '../../net-real/log/kept-logs.ts';
import type { ProcessLog } from '../../net-real/log/process-log.ts';
import type { Questions } from '../../net-real/questions/desk.ts';
import { askedLogs } from '../../rest/asked-logs.ts';
import { Gateway, type LogShelf } from '../../rest/gateway.ts';
import { isLoopback } from '../../rest/guard.ts';
import { startRest, type LivePage, type RestServer } from '../../rest/server.ts';
import { UsageError } from '../exit-codes.ts';
import { reasonOf, shownPath } from '../files.ts';
import type { RestPlan } from './read-process.ts';

interface RestPlace {
  readonly name: string;
  readonly cluster: ClusterFolder | null;
  readonly processLog: ProcessLog;
  /** Of this process. */
  readonly ownLogs: KeptLogs;
}

/** Throws a `UsageError`, with the JobManager stopped, if REST cannot be answered there. */
export async function serveRest(
  plan: RestPlan,
  { options, storage }: Pick<JobManagerConfig, 'options' | 'storage'>,
  running: RunningJobManager,
  { name, cluster, processLog, ownLogs }: RestPlace,
): Promise<RestServer> {
  try {
    const token = plan.isOpen ? null : readToken(plan, cluster);
    const version = { number: readManifest().version, commit: readBuilt()?.commit ?? 'checkout' };
    const artifacts = artifactKeeper(storage ?? '');
    const logs = shelfOf(ownLogs, cluster, running.questions);
    const gateway = new Gateway({
      desk: running.desk,
      metrics: running.metrics,
      options,
      version,
      artifacts,
      logs,
      nameAt: (address) => (cluster === null ? null : nameAt(cluster, address)),
    });
    const log = (line: string): void => processLog.say('rest', line);
    const server = await startRest({ listen: plan.listen, token, gateway, page: renderPage, log });
    if (plan.isOpen && !isLoopback(plan.listen.host))
      log(`${server.url} asks for no token: whoever reaches it may upload code and run it here`);
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

/** Logs that lie in the folder of the cluster are read there, also while their process hangs; for any other one its process is asked. */
function shelfOf(own: KeptLogs, cluster: ClusterFolder | null, questions: Questions): LogShelf {
  return {
    own,
    async at(address) {
      const process = cluster === null ? null : nameAt(cluster, address);
      return cluster === null || process === null ? askedLogs(questions, address) : logsInFolder(cluster.logs, process);
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
