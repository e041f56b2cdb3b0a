// What can be configured: the one table of settings of processes and of `millrace cluster`, and all options of a cluster. A setting has the name of
// its flag; an option of a cluster that of `--set`.
import { unknownName } from '../../core/base/options.ts';
import { parseOption } from '../../core/base/options.ts';
import { SLOTS_MAX } from '../../core/jobmanager/resource-manager.ts';
import { clusterOptionTable } from '../../core/protocol/cluster-options.ts';
import { CLUSTER_FOLDER, isProcessName, PROCESS_NAME_RULE } from '../../net-real/cluster-folder.ts';
import { parseEndpoint } from '../../net-real/endpoint.ts';
import { HA_FORMS, readHa } from '../../net-real/ha-service.ts';
import { ARTIFACT_RETENTION_MS, RETAINED_ARTIFACTS } from '../../net-real/artifact-bounds.ts';
import { logLevels } from '../../net-real/log/record.ts';
import type { OptionRow } from '../arguments.ts';

export interface Setting extends OptionRow {
  /** What is wrong with a value, or null. */
  readonly check: (text: string) => string | null;
  /** Null: it depends on others, and `about` says how. */
  readonly default: string | null;
  /**
   * A place, in the one form that goes on: a path is absolute.
   *
   * @param pathOf makes a path absolute: a relative one in a file is meant from the folder of that file
   */
  readonly resolve?: (text: string, pathOf: (path: string) => string) => string;
}

export const logFormats = ['auto', 'text', 'json', 'none'] as const;

/** In ms, as heartbeatTimeoutMs. */
export const SILENCE_MS = { min: 50, max: 3_600_000 };
export const JOB_MANAGERS_MAX = 9;
export const TASK_MANAGERS_MAX = 100;
const REST_PORT = 8081; // as Flink

export const settings = {
  cluster: folder('of the cluster', CLUSTER_FOLDER),
  ha: {
    value: 'HA',
    about: `the HA service: ${HA_FORMS}; default: a folder in that of the cluster`,
    default: null,
    check: (text) => {
      const place = readHa(text, (path) => path);
      return place.ok ? null : place.reason;
    },
    resolve: haPlace,
  },
  storage: folder('checkpoints and code of jobs; default: in that of the cluster'),
  sinks: folder('what is committed; default: in that of the cluster'),
  sources: folder('topics; default: in that of the cluster'),
  work: folder('of one process alone; default: in that of the cluster, by its name'),
  name: {
    value: 'NAME',
    about: 'of a process in its cluster; default: the first that is free, such as tm-2',
    default: null,
    check: (text) => (isProcessName(text) ? null : PROCESS_NAME_RULE),
  },
  listen: address('where a process listens; port 0 is any', '127.0.0.1:0'),
  advertise: address('under which others reach a process; default: where it listens', null),
  metrics: address('where metrics are told; default: nowhere', null),
  rest: address('where a JobManager answers REST; default: nowhere', null),
  'rest-open': flag('whoever reaches REST may change something, without a token'),
  'rest-token-file': file(
    'who knows what it holds may change something over REST; default: rest-token in the folder of the cluster',
  ),
  'secret-file': file(
    'the secret of the cluster, the same for all its processes; default: secret in the folder of the HA service, which the first of them draws',
  ),
  'tls-cert': file(
    'the certificate of a process, in PEM, with what stands between it and the authority: processes speak over TLS; default: in the clear, which is for one host alone',
  ),
  'tls-key': file('the key of that certificate, in PEM; default: none'),
  'tls-ca': file('the authorities, in PEM, that issue the certificates of the cluster; default: none'),
  'insecure-network': flag(
    'processes may speak in the clear outside of this host: whoever is on the way may read and change what they say',
  ),
  slots: wholeNumber('of a TaskManager: tasks of one job side by side', 1, SLOTS_MAX, 1),
  'job-managers': wholeNumber('that `millrace cluster` starts', 1, JOB_MANAGERS_MAX, 1),
  'task-managers': wholeNumber('that `millrace cluster` starts', 1, TASK_MANAGERS_MAX, 2),
  'rest-port': wholeNumber('of 127.0.0.1, where `millrace cluster` answers REST; 0 is any', 0, 65_535, REST_PORT),
  'stream-silence': {
    ...wholeNumber('ms without a word after which a connection is given up', SILENCE_MS.min, SILENCE_MS.max, 0),
    value: 'MS',
    default: null,
    about: 'without a word, after which a connection is given up; default: heartbeatTimeoutMs',
  },
  'retained-artifacts': wholeNumber(
    'code of jobs that no job and no savepoint needs',
    0,
    RETAINED_ARTIFACTS.max,
    RETAINED_ARTIFACTS.default,
  ),
  'artifact-retention': {
    ...wholeNumber(
      'ms for which code that nobody needs is kept behind its last use',
      ARTIFACT_RETENTION_MS.min,
      ARTIFACT_RETENTION_MS.max,
      ARTIFACT_RETENTION_MS.default,
    ),
    value: 'MS',
  },
  'log-level': oneOf('the least grave that is told', logLevels, 'info'),
  'log-format': oneOf(
    'of lines on standard error; auto: text on a terminal, JSON elsewhere; none: only what is no line of the log',
    logFormats,
    'auto',
  ),
} as const satisfies Readonly<Record<string, Omit<Setting, 'name'>>>;

/** Each takes the place of the other: of two that come from different places the one that comes later stands alone. */
export const RIVALS: Readonly<Record<string, SettingName>> = {
  'rest-open': 'rest-token-file',
  'rest-token-file': 'rest-open',
};

/** Why values of one place cannot stand beside each other, or null. */
export function rivalry(textOf: (name: SettingName) => string | null): string | null {
  const isBoth = textOf('rest-open') === 'true' && textOf('rest-token-file') !== null;
  return isBoth ? 'rest-open and rest-token-file contradict each other: an open REST asks for no token' : null;
}

export type SettingName = keyof typeof settings;

export const settingNames: readonly string[] = Object.keys(settings);

/** The value of a setting as it goes on: places whole, all else as it is. */
export function resolveSetting(name: string, text: string, pathOf: (path: string) => string): string {
  const resolve = isSetting(name) ? settingRow(name).resolve : undefined;
  return resolve === undefined ? text : resolve(text, pathOf);
}

/** The row of a flag. */
export function settingRow(name: SettingName): Setting {
  return { name, ...(settings[name] as Omit<Setting, 'name'>) };
}

/** Settings, then options. */
export const configurable: readonly string[] = [...settingNames, ...Object.keys(clusterOptionTable)];

export function isSetting(name: string): name is SettingName {
  return Object.hasOwn(settings, name);
}

/** It has no value on a command line, and is true or false elsewhere. */
export function isFlag(name: string): boolean {
  return isSetting(name) && settingRow(name).value === null;
}

/** What is wrong with the value of something configurable, or null. */
export function checkConfigured(name: string, text: string): string | null {
  if (isSetting(name)) return settingRow(name).check(text);
  const parsed = parseOption(clusterOptionTable, name, text);
  return parsed.ok ? null : parsed.reason.replace(`${name}=${text}: `, '');
}

/** `checkpointIntervalMs`, `log-level`: `MILLRACE_CHECKPOINT_INTERVAL_MS`, `MILLRACE_LOG_LEVEL`. */
export function variableOf(name: string): string {
  const words = name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_').replaceAll('-', '_');
  return `MILLRACE_${words.toUpperCase()}`;
}

type Made = Omit<Setting, 'name'>;

function asPath(text: string, pathOf: (path: string) => string): string {
  return pathOf(text);
}

/** What is no place is refused where it is checked. */
export function haPlace(text: string, pathOf: (path: string) => string): string {
  const place = readHa(text, pathOf);
  return place.ok ? place.value : text;
}

function folder(about: string, given: string | null = null): Made {
  return {
    value: 'FOLDER',
    about,
    default: given,
    resolve: asPath,
    check: (text) => (text === '' ? 'expected a folder' : null),
  };
}

function file(about: string): Made {
  return {
    value: 'FILE',
    about,
    default: null,
    resolve: asPath,
    check: (text) => (text === '' ? 'expected a file' : null),
  };
}

function address(about: string, given: string | null): Made {
  return {
    value: 'HOST:PORT',
    about,
    default: given,
    check: (text) => {
      const endpoint = parseEndpoint(text);
      return endpoint.ok ? null : endpoint.reason;
    },
  };
}

function wholeNumber(about: string, min: number, max: number, given: number): Made {
  return {
    value: 'NUMBER',
    about,
    default: String(given),
    check: (text) => {
      const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? null : `expected a whole number from ${min} to ${max}`;
    },
  };
}

function flag(about: string): Made {
  return {
    value: null,
    about,
    default: 'false',
    check: (text) => (text === 'true' || text === 'false' ? null : 'expected true or false'),
  };
}

function oneOf(about: string, words: readonly string[], given: string): Made {
  return {
    value: 'WORD',
    about: `${about}: ${words.join(', ')}`,
    default: given,
    check: (text) => (words.includes(text) ? null : unknownName('word', text, words)),
  };
}
