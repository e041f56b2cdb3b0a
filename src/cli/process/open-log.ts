// Where a process tells what happens: its standard error, and, in the folder of a cluster, its file there.
import { logFileOf, nameAt, type ClusterFolder } from '../../net-real/cluster-folder.ts';
import { logsInFolder, logsInMemory, type KeptLogs } from '../../net-real/log/kept-logs.ts';
import { createProcessLog, type ProcessLog } from '../../net-real/log/process-log.ts';
import type { Terminal } from '../terminal.ts';
import type { Logging } from './options.ts';

export function openProcessLog(
  name: string,
  cluster: ClusterFolder | null,
  { level, format }: Logging,
  terminal: Terminal,
): ProcessLog {
  return createProcessLog({
    name,
    level,
    write: format === 'none' ? null : (text) => terminal.complain(text),
    format: format === 'text' || (format === 'auto' && process.stderr.isTTY) ? 'text' : 'json',
    file: cluster === null ? null : logFileOf(cluster, name),
    ...(cluster === null ? {} : { nameAt: (address) => nameAt(cluster, address) }),
  });
}

/** Where others read it again: in the folder of the cluster; without one, what the process told last. */
export function keptLogs(name: string, cluster: ClusterFolder | null, processLog: ProcessLog): KeptLogs {
  return cluster === null ? logsInMemory(name, () => processLog.recent()) : logsInFolder(cluster.logs, name);
}
