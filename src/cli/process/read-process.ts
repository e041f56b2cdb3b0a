// From words of a command line to the configuration of a process. Pure, but for paths, which are the user's.
import { unknownName, withDefaults } from '../../core/base/options.ts';
import type { Result } from '../../core/base/value.ts';
import { SLOTS_MAX } from '../../core/jobmanager/resource-manager.ts';
import { clusterOptionTable, contradictionOf } from '../../core/protocol/cluster-options.ts';
import {
  CLUSTER_FOLDER,
  clusterFolder,
  isProcessName,
  PROCESS_NAME_RULE,
  type ClusterFolder,
} from '../../net-real/cluster-folder.ts';
import { ARTIFACT_RETENTION_MS, RETAINED_ARTIFACTS, type ArtifactBounds } from '../../net-real/artifact-bounds.ts';
import { parseEndpoint, type Endpoint } from '../../net-real/endpoint.ts';
import { isHaFolder, readHa } from '../../net-real/ha-service.ts';
import type { JobManagerConfig } from '../../net-real/job-manager-process.ts';
import type { ProcessConfig } from '../../net-real/processes.ts';
import type { TaskManagerConfig } from '../../net-real/task-manager-process.ts';
import { logLevels } from '../../net-real/log/record.ts';
import { readArguments } from '../arguments.ts';
import { withConfiguration, type Configuration } from '../config/configuration.ts';
import { haPlace, logFormats, settingNames } from '../config/settings.ts';
import { fromUser } from '../files.ts';
import { readSet } from '../set-option.ts';
import { readTrust } from '../trust-options.ts';
import {
  DEFAULT_LOGGING,
  processFolders,
  processOptions,
  type FolderOption,
  type Logging,
  type ProcessRole,
} from './options.ts';

/** Where a process belongs. `work` null: below the folder of the cluster, by its name. */
export interface ProcessPlace {
  readonly cluster: ClusterFolder | null;
  /** Null: any that is free. */
  readonly name: string | null;
  readonly work: string | null;
}

/** Where REST is answered, and who may change something. */
export interface RestPlan {
  readonly listen: Endpoint;
  readonly isOpen: boolean;
  /** Null: that of the cluster. */
  readonly tokenFile: string | null;
}

export type ProcessCommand =
  | { readonly kind: 'help' }
  | {
      readonly kind: 'jobmanager';
      readonly place: ProcessPlace;
      /** `host:port` where metrics are told; null: nowhere. */
      readonly metrics: string | null;
      readonly logging: Logging;
      /** Null: it answers no REST. */
      readonly rest: RestPlan | null;
      readonly config: Omit<JobManagerConfig, 'log' | 'work'>;
    }
  | {
      readonly kind: 'taskmanager';
      readonly place: ProcessPlace;
      readonly metrics: string | null;
      readonly logging: Logging;
      readonly config: Omit<TaskManagerConfig, 'log' | 'work' | 'watchdog'>;
    };

/** @param load what is configured, given what `--config` says; default: nothing */
export function readProcessCommand(
  role: ProcessRole,
  words: readonly string[],
  load: (flag: string | null) => Result<Configuration> = () => ({ ok: true, value: new Map() }),
): Result<ProcessCommand> {
  const rows = processOptions[role];
  const line = readArguments(rows, words, clusterOptionTable);
  if (!line.ok) return line;
  if (line.value.options.has('help')) return { ok: true, value: { kind: 'help' } };
  const configuration = load(line.value.options.get('config')?.[0] ?? null);
  if (!configuration.ok) return configuration;
  const { options, bare } = withConfiguration(line.value, rows, configuration.value);
  if (bare.length > 0) return { ok: false, reason: `"${bare[0]}" belongs to no option of ${role}` };

  const only = (name: string): string | null => options.get(name)?.[0] ?? null;
  const named = only('ha') === null ? null : readHa(only('ha') ?? '', fromUser);
  if (named?.ok === false) return { ok: false, reason: `--ha ${only('ha')}: ${named.reason}` };
  const place = readPlace(role, only);
  if (!place.ok) return place;
  const shared = readShared(only, options.get('set') ?? []);
  if (!shared.ok) return shared;
  const logging = readLogging(only);
  if (!logging.ok) return logging;
  const metrics = only('metrics');
  const endpoint = metrics === null ? null : parseEndpoint(metrics);
  if (endpoint?.ok === false) return { ok: false, reason: `--metrics ${endpoint.reason}` };
  const ofAll = { place: place.value, metrics, logging: logging.value };
  const { cluster } = place.value;
  const folder = (name: Exclude<FolderOption['within'], 'work' | 'ha'>): string =>
    fromUser(only(name) ?? cluster?.[name] ?? '');
  const folders = {
    ha: named?.value ?? place.value.cluster?.ha ?? '',
    storage: folder('storage'),
    sinks: folder('sinks'),
  };
  const trust = readTrust(only, folders);
  if (!trust.ok) return trust;
  const config = { ...shared.value, ...folders, ...trust.value };
  if (role === 'jobmanager') {
    const rest = readRest(only, cluster, (name) => line.value.options.has(name));
    if (!rest.ok) return rest;
    const artifacts = readArtifactBounds(only);
    if (!artifacts.ok) return artifacts;
    const own = { artifacts: artifacts.value };
    return { ok: true, value: { kind: 'jobmanager', ...ofAll, rest: rest.value, config: { ...config, ...own } } };
  }
  const slots = readNumber('slots', only('slots') ?? '1', 1, SLOTS_MAX);
  if (!slots.ok) return slots;
  const own = { sources: folder('sources'), slots: slots.value };
  return { ok: true, value: { kind: 'taskmanager', ...ofAll, config: { ...config, ...own } } };
}

/** A cluster, or all folders one by one: some of them and a folder that nobody named would be parts of two clusters. */
function readPlace(role: ProcessRole, only: (name: string) => string | null): Result<ProcessPlace> {
  const rows = processFolders[role];
  const missing = rows.find((row) => only(row.name) === null);
  const isImplied = rows.every((row) => only(row.name) === null || isElsewhere(row, only));
  const cluster = only('cluster') ?? (isImplied ? CLUSTER_FOLDER : null);
  if (cluster === null && missing !== undefined)
    return {
      ok: false,
      reason: `${role} needs --${missing.name} ${missing.value}: ${missing.about}; or --cluster FOLDER, which has all of them`,
    };
  const name = only('name');
  if (name !== null && !isProcessName(name)) return { ok: false, reason: `--name ${name}: ${PROCESS_NAME_RULE}` };
  const work = only('work');
  return {
    ok: true,
    value: {
      cluster: cluster === null ? null : clusterFolder(fromUser(cluster)),
      name,
      work: work === null ? null : fromUser(work),
    },
  };
}

/** An HA service that is no folder: it is no part of a folder that is not named. */
function isElsewhere({ name }: FolderOption, only: (name: string) => string | null): boolean {
  return name === 'ha' && !isHaFolder(haPlace(only(name) ?? '', fromUser));
}

/** @param isGiven as a flag: what is configured may be meant for other processes */
function readRest(
  only: (name: string) => string | null,
  cluster: ClusterFolder | null,
  isGiven: (name: string) => boolean,
): Result<RestPlan | null> {
  const [rest, tokenFile, isOpen] = [only('rest'), only('rest-token-file'), only('rest-open') !== null];
  if (rest === null) {
    const useless = ['rest-open', 'rest-token-file'].find(isGiven);
    if (useless === undefined) return { ok: true, value: null };
    return { ok: false, reason: `--${useless} says who may use REST, and --rest HOST:PORT does not say where that is` };
  }
  const listen = parseEndpoint(rest);
  if (!listen.ok) return { ok: false, reason: `--rest ${listen.reason}` };
  if (isOpen && tokenFile !== null)
    return {
      ok: false,
      reason: '--rest-open and --rest-token-file contradict each other: an open REST asks for no token',
    };
  if (!isOpen && tokenFile === null && cluster === null)
    return {
      ok: false,
      reason: '--rest needs --cluster FOLDER, which has a token, or --rest-token-file FILE, or --rest-open',
    };
  const file = tokenFile === null ? null : fromUser(tokenFile);
  return { ok: true, value: { listen: listen.value, isOpen, tokenFile: file } };
}

function readShared(
  only: (name: string) => string | null,
  pairs: readonly string[],
): Result<Pick<ProcessConfig, 'listen' | 'advertise' | 'trace' | 'options' | 'streamSilenceMs'>> {
  const set = readSet(clusterOptionTable, pairs, settingNames);
  if (!set.ok) return set;
  const listen = only('listen') ?? '127.0.0.1:0';
  const advertise = only('advertise');
  for (const [name, text] of [
    ['listen', listen],
    ['advertise', advertise ?? listen],
  ] as const) {
    const endpoint = parseEndpoint(text);
    if (!endpoint.ok) return { ok: false, reason: `--${name} ${endpoint.reason}` };
  }
  const startedAt = only('run-started-at');
  const runStartedAt = startedAt === null ? null : Number(startedAt);
  if (runStartedAt !== null && !(runStartedAt > 0))
    return { ok: false, reason: `--run-started-at ${startedAt}: expected a wall time in ms` };
  const silence = readSilence(only('stream-silence'));
  if (!silence.ok) return silence;
  const trace = only('trace');
  const options = withDefaults(clusterOptionTable, set.value);
  const contradiction = contradictionOf(options);
  if (contradiction !== null) return { ok: false, reason: contradiction };
  return {
    ok: true,
    value: {
      listen,
      advertise,
      trace: trace === null ? null : { path: fromUser(trace), runStartedAt },
      options,
      ...silence.value,
    },
  };
}

function readArtifactBounds(only: (name: string) => string | null): Result<ArtifactBounds> {
  const { default: retainedByDefault, max } = RETAINED_ARTIFACTS;
  const retained = readNumber('retained-artifacts', only('retained-artifacts') ?? String(retainedByDefault), 0, max);
  if (!retained.ok) return retained;
  const { default: retentionByDefault, ...range } = ARTIFACT_RETENTION_MS;
  const text = only('artifact-retention') ?? String(retentionByDefault);
  const retention = readNumber('artifact-retention', text, range.min, range.max);
  return retention.ok ? { ok: true, value: { retained: retained.value, retentionMs: retention.value } } : retention;
}

function readLogging(only: (name: string) => string | null): Result<Logging> {
  const level = readWord('log-level', only('log-level') ?? DEFAULT_LOGGING.level, logLevels);
  if (!level.ok) return level;
  const format = readWord('log-format', only('log-format') ?? DEFAULT_LOGGING.format, logFormats);
  return format.ok ? { ok: true, value: { level: level.value, format: format.value } } : format;
}

function readWord<W extends string>(name: string, text: string, words: readonly W[]): Result<W> {
  const word = words.find((one) => one === text);
  return word === undefined
    ? { ok: false, reason: `--${name} ${text}: ${unknownName('word', text, words)}` }
    : { ok: true, value: word };
}

const SILENCE_MS = { min: 50, max: 3_600_000 }; // as heartbeatTimeoutMs

function readSilence(text: string | null): Result<Pick<ProcessConfig, 'streamSilenceMs'>> {
  if (text === null) return { ok: true, value: {} };
  const read = readNumber('stream-silence', text, SILENCE_MS.min, SILENCE_MS.max);
  return read.ok ? { ok: true, value: { streamSilenceMs: read.value } } : read;
}

function readNumber(name: string, text: string, min: number, max: number): Result<number> {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max
    ? { ok: true, value }
    : { ok: false, reason: `--${name} ${text}: expected a whole number from ${min} to ${max}` };
}
