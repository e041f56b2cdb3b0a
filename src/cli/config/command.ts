// `millrace config`: each value in force, and where it comes from.
import { isAbsolute } from 'node:path';
import type { Result } from '../../core/base/value.ts';
import { withDefaults } from '../../core/base/options.ts';
import { clusterOptionTable, contradictionOf } from '../../core/protocol/cluster-options.ts';
import { clusterFolder } from '../../net-real/cluster-folder.ts';
import { readArguments, type OptionRow } from '../arguments.ts';
import { exitCodes, UsageError, type ExitCode } from '../exit-codes.ts';
import { fromUser, shownPath } from '../files.ts';
import { clusterOptionsHelp, helpText } from '../help.ts';
import { readSet } from '../set-option.ts';
import { formatTable, type Terminal } from '../terminal.ts';
import { CONFIG_FILE, describeOrigin, NO_CONFIG, type Configured, type Configuration } from './configuration.ts';
import { loadConfiguration } from './load.ts';
import {
  checkConfigured,
  isFlag,
  resolveSetting,
  RIVALS,
  rivalry,
  settingNames,
  settingRow,
  variableOf,
  type SettingName,
} from './settings.ts';

/** Of every command that reads the configuration. */
export const configRow: OptionRow = {
  name: 'config',
  value: 'FILE',
  about: `the configuration; default ${CONFIG_FILE}, if it is there; ${NO_CONFIG}: none`,
};

const rows: readonly OptionRow[] = [
  configRow,
  ...(settingNames as readonly SettingName[]).map((name) => settingRow(name)),
  { name: 'set', value: 'KEY=VALUE', about: 'an option of the cluster; may be repeated', repeatable: true },
  { name: 'json', value: null, about: 'as a JSON array: key, value, origin, about' },
  { name: 'help', value: null, about: 'this text' },
];

export interface InForce {
  readonly key: string;
  /** Null: it depends on the process; `about` says how. */
  readonly value: string | null;
  readonly origin: Configured['origin'];
  readonly about: string;
}

export async function configCommand(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const line = readArguments(rows, words, clusterOptionTable);
  if (!line.ok) throw new UsageError(line.reason);
  const { options, bare } = line.value;
  if (options.has('help')) {
    terminal.line(help());
    return exitCodes.pass;
  }
  if (bare.length > 0) throw new UsageError(`"${bare[0]}" belongs to no option of config`);
  const found = inForce(options, (flag) => loadConfiguration(flag));
  if (!found.ok) throw new UsageError(found.reason);
  if (options.has('json')) terminal.line(JSON.stringify(found.value));
  else for (const text of tableOf(found.value)) terminal.line(text);
  return exitCodes.pass;
}

function tableOf(values: readonly InForce[]): readonly string[] {
  const width = Math.max(...values.map(({ value }) => (value ?? '').length));
  return formatTable(
    values.map(({ key, value, origin }) => [key, (value ?? '–').padEnd(width), describeOrigin(origin)]),
  ).map((text) => text.trimEnd());
}

/** Pure, but for `load`. */
export function inForce(
  options: ReadonlyMap<string, readonly string[]>,
  load: (flag: string | null) => Result<Configuration>,
): Result<readonly InForce[]> {
  const configuration = load(options.get('config')?.[0] ?? null);
  if (!configuration.ok) return configuration;
  const set = readSet(clusterOptionTable, options.get('set') ?? [], settingNames);
  if (!set.ok) return set;
  const flags = new Map<string, string>(Object.entries(set.value).map(([name, value]) => [name, String(value)]));
  for (const name of settingNames) {
    const given = options.get(name)?.[0];
    if (given === undefined) continue;
    const text = isFlag(name) ? 'true' : given;
    const wrong = checkConfigured(name, text);
    if (wrong !== null) return { ok: false, reason: `--${name} ${text}: ${wrong}` };
    flags.set(name, resolveSetting(name, text, fromUser));
  }
  const rivals = rivalry((name) => flags.get(name) ?? null);
  if (rivals !== null) return { ok: false, reason: `of the flags, ${rivals}` };
  const of = (name: string): Configured | null => {
    const flag = flags.get(name);
    if (flag !== undefined) return { text: flag, origin: { kind: 'flag' } };
    return flags.has(RIVALS[name] ?? '') ? null : (configuration.value.get(name) ?? null);
  };
  const values = [...settingsInForce(of), ...optionsInForce(of)];
  const contradiction = contradictionOf(
    withDefaults(
      clusterOptionTable,
      Object.fromEntries(
        Object.keys(clusterOptionTable).flatMap((name) => (of(name) === null ? [] : [[name, Number(of(name)?.text)]])),
      ),
    ),
  );
  return contradiction === null ? { ok: true, value: values } : { ok: false, reason: contradiction };
}

type Find = (name: string) => Configured | null;

function settingsInForce(of: Find): readonly InForce[] {
  const root = of('cluster')?.text ?? fromUser(settingRow('cluster').default ?? '');
  const { ha, storage, sinks, sources } = clusterFolder(root);
  const folders: Readonly<Partial<Record<string, string>>> = { ha, storage, sinks, sources, cluster: root };
  return (settingNames as readonly SettingName[]).map((name) => {
    const { default: given, about } = settingRow(name);
    const configured = of(name);
    const value = configured?.text ?? folders[name] ?? given;
    return {
      key: name,
      value: value !== null && isAbsolute(value) ? shownPath(value) : value,
      origin: configured?.origin ?? { kind: 'default' },
      about,
    };
  });
}

function optionsInForce(of: Find): readonly InForce[] {
  return Object.entries(clusterOptionTable).map(([name, spec]) => ({
    key: name,
    value: of(name)?.text ?? String(spec.default),
    origin: of(name)?.origin ?? { kind: 'default' },
    about: `${spec.about} (${spec.unit}, ${spec.min}..${spec.max})`,
  }));
}

function help(): string {
  return helpText({
    command: 'config',
    words: '',
    about: `Prints each value in force, and where it comes from: a file, then the environment, then flags; what comes later wins. A file is
YAML, one "key: value" a line, with the names of the flags below and of the options of a cluster; relative paths are meant from its
folder. A variable of the environment is ${variableOf('log-level')}, ${variableOf('checkpointIntervalMs')}.`,
    options: rows,
    exits: { 0: 'printed', 2: 'something is configured that cannot be followed' },
    behind: [clusterOptionsHelp()],
  });
}
