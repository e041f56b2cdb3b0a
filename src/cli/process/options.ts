// The options of `millrace jobmanager` and `millrace taskmanager`, and the help that is made of them.
import { CLUSTER_FOLDER } from '../../net-real/cluster-folder.ts';
import { ARTIFACT_RETENTION_MS, RETAINED_ARTIFACTS } from '../../net-real/artifact-bounds.ts';
import { HA_FORMS } from '../../net-real/ha-service.ts';
import { logLevels, type LogLevel } from '../../net-real/log/record.ts';
import { configRow } from '../config/command.ts';
import { logFormats } from '../config/settings.ts';
import { clusterOptionsHelp, helpText } from '../help.ts';
import type { OptionRow } from '../arguments.ts';
import { trustRows } from '../trust-options.ts';

export type ProcessRole = 'jobmanager' | 'taskmanager';

/** What a process tells, and how. */
export interface Logging {
  readonly level: LogLevel;
  readonly format: LogFormat;
}

export type LogFormat = (typeof logFormats)[number];

export const DEFAULT_LOGGING: Logging = { level: 'info', format: 'auto' };

export type ProcessOption = OptionRow;

export interface FolderOption extends ProcessOption {
  /** What it is in the folder of a cluster. */
  readonly within: 'ha' | 'storage' | 'sinks' | 'work' | 'sources';
}

const sharedFolders: readonly FolderOption[] = [
  { name: 'ha', value: 'HA', about: `the HA service, the same for all processes: ${HA_FORMS}`, within: 'ha' },
  {
    name: 'storage',
    value: 'FOLDER',
    about: 'checkpoints and code of jobs, the same for all processes',
    within: 'storage',
  },
  {
    name: 'sinks',
    value: 'FOLDER',
    about: 'what is committed: <sink>/part-…, the same for all processes',
    within: 'sinks',
  },
  { name: 'work', value: 'FOLDER', about: 'of this process alone; it outlives the process', within: 'work' },
];

const ofCluster: readonly ProcessOption[] = [
  {
    name: 'cluster',
    value: 'FOLDER',
    about: `of the cluster: stands for each of the folders that is not named; default ${CLUSTER_FOLDER}, where none is named`,
  },
  {
    name: 'name',
    value: 'NAME',
    about: 'of this process in its cluster; default: the first that is free, such as tm-2',
  },
];

const shared: readonly ProcessOption[] = [
  configRow,
  { name: 'listen', value: 'HOST:PORT', about: 'default 127.0.0.1:0, any port of this machine' },
  { name: 'advertise', value: 'HOST:PORT', about: 'under which others reach it; default: where it listens' },
  ...trustRows,
  { name: 'set', value: 'KEY=VALUE', about: 'set an option of the cluster; may be repeated', repeatable: true },
  {
    name: 'stream-silence',
    value: 'MS',
    about: 'a connection is given up when its other end says nothing for longer; default: heartbeatTimeoutMs',
  },
  {
    name: 'log-level',
    value: 'LEVEL',
    about: `the least grave that is told: ${logLevels.join(', ')}; default ${DEFAULT_LOGGING.level}`,
  },
  {
    name: 'log-format',
    value: 'FORMAT',
    about: `of lines on standard error: ${logFormats.join(', ')}; default auto, which is text on a terminal, and JSON elsewhere`,
  },
  {
    name: 'metrics',
    value: 'HOST:PORT',
    about: 'tell metrics to Prometheus there, at /metrics (docs/metrics.md); port 0 takes any; default: nowhere',
  },
  { name: 'trace', value: 'FILE', about: 'add every step as a JSON line' },
  { name: 'run-started-at', value: 'MS', about: 'wall time from which a trace counts; default: the start' },
  { name: 'help', value: null, about: 'this text' },
];

const ofJobManager: readonly ProcessOption[] = [
  {
    name: 'rest',
    value: 'HOST:PORT',
    about: 'answer REST there, with paths and fields of Flink (src/rest/README.md); port 0 takes any; default: nowhere',
  },
  {
    name: 'rest-token-file',
    value: 'FILE',
    about: 'who knows what it holds may change something over REST; default: rest-token in the folder of the cluster',
  },
  { name: 'rest-open', value: null, about: 'whoever reaches REST may change something, without a token' },
  {
    name: 'retained-artifacts',
    value: 'NUMBER',
    about: `code of jobs that no job and no savepoint needs; older code goes; default ${RETAINED_ARTIFACTS.default}`,
  },
  {
    name: 'artifact-retention',
    value: 'MS',
    about: `for which such code is kept behind its last use; default ${ARTIFACT_RETENTION_MS.default}, 30 days`,
  },
];

const ofTaskManager: readonly ProcessOption[] = [
  { name: 'slots', value: 'NUMBER', about: 'tasks of one job side by side; default 1' },
];

const foldersOfTaskManager: readonly FolderOption[] = [
  { name: 'sources', value: 'FOLDER', about: 'topics: <topic>/<split>.jsonl', within: 'sources' },
];

/** Where no cluster is named, all of them or none. */
export const processFolders: Readonly<Record<ProcessRole, readonly FolderOption[]>> = {
  jobmanager: sharedFolders,
  taskmanager: [...foldersOfTaskManager, ...sharedFolders],
};

export const processOptions: Readonly<Record<ProcessRole, readonly ProcessOption[]>> = {
  jobmanager: [...ofCluster, ...ofJobManager, ...processFolders.jobmanager, ...shared],
  taskmanager: [...ofCluster, ...ofTaskManager, ...processFolders.taskmanager, ...shared],
};

export function processHelp(role: ProcessRole): string {
  const name = role === 'jobmanager' ? 'JobManager' : 'TaskManager';
  return helpText({
    command: role,
    words: '',
    about: `One ${name} on real TCP. When it is up it prints one JSON line: role, name, address, listening, incarnation, pid. SIGTERM stops it in good
order; so does the end of its standard input, where that is a pipe.`,
    options: processOptions[role],
    exits: { 0: 'ended in good order', 2: 'it cannot be started as it was told', 4: 'its machine halted or threw' },
    behind: [clusterOptionsHelp()],
  });
}
