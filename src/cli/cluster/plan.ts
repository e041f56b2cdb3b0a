// What a local cluster is made of, from what its command was told: processes and their words.
import { join } from 'node:path';
import type { ClusterOptions } from '../../core/protocol/cluster-options.ts';
import { logFileOf, type ClusterFolder } from '../../net-real/cluster-folder.ts';
import { formatEndpoint, type Endpoint } from '../../net-real/endpoint.ts';
import { stderrOf, stdoutOf } from '../../net-real/log/kept-logs.ts';
import type { LogLevel } from '../../net-real/log/record.ts';
import type { Trust } from '../trust-options.ts';
import type { SupervisedProcess } from './supervisor.ts';

export interface LocalCluster {
  readonly folder: ClusterFolder;
  readonly jobManagers: number;
  readonly taskManagers: number;
  readonly slots: number;
  /** Of 127.0.0.1; 0: any; null: no REST. Further JobManagers have the ports behind it. */
  readonly restPort: number | null;
  /** Whoever reaches REST may change something. */
  readonly restOpen: boolean;
  /** Null: the token of the folder. */
  readonly restTokenFile: string | null;
  /** Of the first process; each further one has the port behind it. Port 0: any. Null: no metrics. */
  readonly metrics: Endpoint | null;
  readonly logLevel: LogLevel;
  /** Those that differ from their defaults. */
  readonly set: Readonly<Partial<ClusterOptions>>;
  /** In place of those of the folder. `ha` as `readHa` returns it. */
  readonly ha: string | null;
  readonly trust: Trust;
  /** The same, as its processes are told. */
  readonly trustWords: readonly string[];
  readonly sinks: string | null;
  readonly sources: string | null;
}

export function processesOf(cluster: LocalCluster): readonly SupervisedProcess[] {
  const jobManagers = numbered('jm', cluster.jobManagers).map((name, index) =>
    processOf(cluster, name, ['jobmanager', ...restOf(cluster, index), ...metricsOf(cluster, index)]),
  );
  const taskManagers = numbered('tm', cluster.taskManagers).map((name, index) =>
    processOf(cluster, name, [
      'taskmanager',
      '--slots',
      String(cluster.slots),
      ...optional('sources', cluster.sources),
      ...metricsOf(cluster, cluster.jobManagers + index),
    ]),
  );
  return [...jobManagers, ...taskManagers];
}

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);
}

function restOf({ restPort, restOpen, restTokenFile }: LocalCluster, index: number): readonly string[] {
  const at = restAt(restPort, index);
  if (at === null) return [];
  return ['--rest', at, ...(restOpen ? ['--rest-open'] : []), ...optional('rest-token-file', restTokenFile)];
}

function restAt(port: number | null, index: number): string | null {
  return port === null ? null : `127.0.0.1:${port === 0 ? 0 : port + index}`;
}

function metricsOf({ metrics }: LocalCluster, index: number): readonly string[] {
  if (metrics === null) return [];
  const { host, port } = metrics;
  return ['--metrics', formatEndpoint({ host, port: port === 0 ? 0 : port + index })];
}

function optional(name: string, value: string | null): readonly string[] {
  return value === null ? [] : [`--${name}`, value];
}

/** Its log goes to its file in the folder; what is no line of it (the last words of the engine, what code of jobs prints) to others. */
function processOf(
  { folder, logLevel, set, ha, sinks, trustWords }: LocalCluster,
  name: string,
  own: readonly string[],
): SupervisedProcess {
  const options = Object.entries(set).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  const place = ['--cluster', folder.root, '--name', name, ...optional('ha', ha), ...optional('sinks', sinks)];
  const words = [...own, ...place, ...trustWords, '--log-level', logLevel, '--log-format', 'none', ...options];
  const inLogs = (file: string): string => join(folder.logs, file);
  return { name, words, stderr: inLogs(stderrOf(name)), stdout: inLogs(stdoutOf(name)), log: logFileOf(folder, name) };
}
