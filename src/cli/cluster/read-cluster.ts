// From words of a command line to a local cluster. Pure, but for paths, which are the user's, and the configuration that is given.
import { withDefaults } from '../../core/base/options.ts';
import type { Result } from '../../core/base/value.ts';
import { clusterOptionTable, contradictionOf } from '../../core/protocol/cluster-options.ts';
import { clusterFolder, type ClusterFolder } from '../../net-real/cluster-folder.ts';
import { parseEndpoint, type Endpoint } from '../../net-real/endpoint.ts';
import type { LogLevel } from '../../net-real/log/record.ts';
import { readArguments, type CommandLine, type OptionRow } from '../arguments.ts';
import { configRow } from '../config/command.ts';
import { withConfiguration, type Configuration } from '../config/configuration.ts';
import {
  checkConfigured,
  haPlace,
  isFlag,
  isSetting,
  settingNames,
  settingRow,
  type SettingName,
} from '../config/settings.ts';
import { fromUser } from '../files.ts';
import { readSet } from '../set-option.ts';
import { readTrust, trustRows, trustWords } from '../trust-options.ts';
import type { LocalCluster } from './plan.ts';

const setRow: OptionRow = {
  name: 'set',
  value: 'KEY=VALUE',
  about: 'set an option of the cluster; may be repeated',
  repeatable: true,
};

/** What says how large a local cluster is. */
export const sizeRows: readonly OptionRow[] = (['task-managers', 'job-managers', 'slots'] as const).map(withDefault);

export const clusterRows: readonly OptionRow[] = [
  withDefault('cluster'),
  withDefault('ha'),
  ...sizeRows,
  withDefault('rest-port'),
  withDefault('rest-open'),
  withDefault('rest-token-file'),
  ...trustRows,
  {
    name: 'metrics',
    value: 'HOST:PORT',
    about:
      'tell metrics to Prometheus there, at /metrics: the first process at this port, each further one at the next; port 0 takes any; default: nowhere',
  },
  setRow,
  withDefault('log-level'),
  withDefault('log-format'),
  configRow,
  { name: 'help', value: null, about: 'this text' },
];

/** The row of a flag, with its default. */
export function withDefault(name: SettingName): OptionRow {
  const { value, about, default: given } = settingRow(name);
  return { name, value, about: given === null || value === null ? about : `${about}; default ${given}` };
}

export interface ReadLine {
  /** With what is configured. */
  readonly line: CommandLine;
  /** As it was typed. */
  readonly given: CommandLine;
  readonly valueOf: (name: SettingName) => string;
}

export type Load = (flag: string | null) => Result<Configuration>;

/** A command line with what is configured, its settings checked. Null: its help is asked for. */
export function readConfigured(
  rows: readonly OptionRow[],
  words: readonly string[],
  load: Load,
): Result<ReadLine | null> {
  const given = readArguments(rows, words, clusterOptionTable);
  if (!given.ok) return given;
  if (given.value.options.has('help')) return { ok: true, value: null };
  for (const [name, [text = '']] of given.value.options) {
    const isMeant = isSetting(name) && rows.some((row) => row.name === name && row.value === settingRow(name).value);
    const wrong = isMeant && !isFlag(name) ? checkConfigured(name, text) : null;
    if (wrong !== null) return { ok: false, reason: `--${name} ${text}: ${wrong}` };
  }
  const configuration = load(given.value.options.get('config')?.[0] ?? null);
  if (!configuration.ok) return configuration;
  const line = withConfiguration(given.value, rows, configuration.value);
  const valueOf = (name: SettingName): string => line.options.get(name)?.[0] ?? settingRow(name).default ?? '';
  return { ok: true, value: { line, given: given.value, valueOf } };
}

/** Where the HA service is, if it is not in the folder of the cluster. */
export function haOf({ options }: CommandLine): string | null {
  const ha = options.get('ha')?.[0];
  return ha === undefined ? null : haPlace(ha, fromUser);
}

/** The folder of the cluster that the line names, with those of its folders that lie elsewhere, as `storage: /srv/millrace` has it. */
export function clusterFolderOf({ line, valueOf }: ReadLine): ClusterFolder {
  const folder = clusterFolder(fromUser(valueOf('cluster')));
  const elsewhere = (name: 'storage' | 'sinks'): string => {
    const path = line.options.get(name)?.[0];
    return path === undefined ? folder[name] : fromUser(path);
  };
  return { ...folder, storage: elsewhere('storage'), sinks: elsewhere('sinks') };
}

/** @param root of its folder; default: what the line says */
export function readLocalCluster(
  { line, valueOf }: ReadLine,
  root = fromUser(valueOf('cluster')),
): Result<LocalCluster> {
  const set = readSet(clusterOptionTable, line.options.get('set') ?? [], settingNames);
  if (!set.ok) return set;
  const contradiction = contradictionOf(withDefaults(clusterOptionTable, set.value));
  if (contradiction !== null) return { ok: false, reason: contradiction };
  const tokenFile = line.options.get('rest-token-file')?.[0];
  if (line.options.has('rest-open') && tokenFile !== undefined)
    return {
      ok: false,
      reason: '--rest-open and --rest-token-file contradict each other: an open REST asks for no token',
    };
  const only = (name: string): string | null => line.options.get(name)?.[0] ?? null;
  const folder = clusterFolder(root);
  const ha = haOf(line);
  const trust = readTrust(only, { ha: ha ?? folder.ha, storage: folder.storage });
  if (!trust.ok) return trust;
  const metrics = readMetrics(
    line.options.get('metrics')?.[0] ?? null,
    Number(valueOf('job-managers')) + Number(valueOf('task-managers')),
  );
  if (!metrics.ok) return metrics;
  return {
    ok: true,
    value: {
      folder,
      jobManagers: Number(valueOf('job-managers')),
      taskManagers: Number(valueOf('task-managers')),
      slots: Number(valueOf('slots')),
      restPort: Number(valueOf('rest-port')),
      restOpen: line.options.has('rest-open'),
      restTokenFile: tokenFile === undefined ? null : fromUser(tokenFile),
      metrics: metrics.value,
      logLevel: valueOf('log-level') as LogLevel,
      set: set.value,
      ha,
      trust: trust.value,
      trustWords: trustWords(only),
      sinks: null,
      sources: null,
    },
  };
}

const PORT_MAX = 65_535;

/** Each of so many processes has a port of its own. */
function readMetrics(text: string | null, processes: number): Result<Endpoint | null> {
  if (text === null) return { ok: true, value: null };
  const read = parseEndpoint(text);
  if (!read.ok) return { ok: false, reason: `--metrics ${read.reason}` };
  const last = read.value.port === 0 ? 0 : read.value.port + processes - 1;
  if (last <= PORT_MAX) return read;
  return {
    ok: false,
    reason: `--metrics ${text}: ${processes} processes need ports up to ${last}, and the last one is ${PORT_MAX}`,
  };
}
