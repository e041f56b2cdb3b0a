// Where a process tells what happens: its standard error, and, in the folder of a cluster, its file there.
import { logFileOf, type ClusterFolder } from '../../net-real/cluster-folder.ts';
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
  });
}
