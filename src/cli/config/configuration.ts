// Where values come from: a file, then the environment, then flags; what comes later wins. Nothing is guessed: what is not known is refused, with the
// nearest name that is, and its place.
import type * as Yaml from 'yaml';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { unknownName } from '../../core/base/options.ts';
import type { Result } from '../../core/base/value.ts';
import type { CommandLine, OptionRow } from '../arguments.ts';
import { fromUser, shownPath } from '../files.ts';
import { checkConfigured, configurable, isSetting, resolveSetting, RIVALS, rivalry, variableOf } from './settings.ts';

const require = createRequire(import.meta.url);

export type Origin =
  | { readonly kind: 'default' }
  | { readonly kind: 'file'; readonly path: string; readonly line: number }
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'flag' };

export interface Configured {
  /** A path is absolute. */
  readonly text: string;
  readonly origin: Origin;
}

/** By name of setting or option. */
export type Configuration = ReadonlyMap<string, Configured>;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Of every command, in the directory where it is called. */
export const CONFIG_FILE = 'millrace.yaml';
/** In place of a file. */
export const NO_CONFIG = 'none';
const CONFIG_VARIABLE = 'MILLRACE_CONFIG';
const PREFIX = 'MILLRACE_';

export interface ConfigPlace {
  /** What `--config` says. */
  readonly flag: string | null;
  readonly environment: Environment;
  /** The text of a file; null: there is none. */
  readonly read: (path: string) => string | null;
}

/** What file and environment say. */
export function readConfiguration({ flag, environment, read }: ConfigPlace): Result<Configuration> {
  const named = flag ?? environment[CONFIG_VARIABLE] ?? null;
  const path = fromUser(named ?? CONFIG_FILE);
  const text = named === NO_CONFIG ? null : read(path);
  if (text === null && named !== null && named !== NO_CONFIG)
    return { ok: false, reason: `there is no configuration ${shownPath(path)}` };
  const inFile = text === null ? none : parseConfig(text, path);
  if (!inFile.ok) return inFile;
  const inEnvironment = readEnvironment(environment);
  if (!inEnvironment.ok) return inEnvironment;
  return { ok: true, value: new Map([...without(inFile.value, inEnvironment.value), ...inEnvironment.value]) };
}

/** What comes sooner, where nothing that comes later takes its place. */
function without(sooner: Configuration, later: ReadonlyMap<string, unknown>): Configuration {
  return new Map([...sooner].filter(([name]) => !isRival(later.get(RIVALS[name] ?? ''))));
}

/** What is false takes no place. */
function isRival(later: unknown): boolean {
  return later !== undefined && (later as Partial<Configured>).text !== 'false';
}

const none: Result<Configuration> = { ok: true, value: new Map() };

/** One map of names to plain values. `path` is shown, and what relative paths are meant from. */
export function parseConfig(text: string, path: string): Result<Configuration> {
  const { isMap, isScalar, LineCounter, parseDocument } = require('yaml') as typeof Yaml; // 20 ms that whoever has no file need not wait for
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, strict: true, uniqueKeys: true });
  const at = (offset: number | undefined, sentence: string): Result<Configuration> => ({
    ok: false,
    reason: `${shownPath(path)}, line ${lines.linePos(offset ?? 0).line}: ${sentence}`,
  });
  const [mistake] = document.errors;
  if (mistake !== undefined)
    return at(mistake.pos[0], (mistake.message.split('\n', 1)[0] as string).replace(/ at line .*$/, ''));
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return none;
  if (!isMap(contents)) return at(contents.range?.[0], 'expected lines such as "slots: 2"');
  const found = new Map<string, Configured>();
  for (const { key, value } of contents.items) {
    const offset = isScalar(key) ? key.range?.[0] : contents.range?.[0];
    const name = isScalar(key) ? String(key.value) : '';
    if (!configurable.includes(name)) return at(offset, unknownName('key', name, configurable));
    if (!isScalar(value) || value.value === null) return at(offset, `${name}: expected one value`);
    const given = typeof value.value === 'string' ? value.value : (value.source ?? ''); // a number as it is typed
    const wrong = checkConfigured(name, given);
    if (wrong !== null) return at(offset, `${name}: ${given}: ${wrong}`);
    const { line } = lines.linePos(offset ?? 0);
    const meant = resolveSetting(name, given, (one) => resolve(dirname(path), one));
    found.set(name, { text: meant, origin: { kind: 'file', path, line } });
    const contradiction = rivalry((one) => found.get(one)?.text ?? null);
    if (contradiction !== null) return at(offset, contradiction);
  }
  return { ok: true, value: found };
}

function readEnvironment(environment: Environment): Result<Configuration> {
  const names = new Map(configurable.map((name) => [variableOf(name), name]));
  const found = new Map<string, Configured>();
  for (const [variable, text = ''] of Object.entries(environment)) {
    if (!variable.startsWith(PREFIX) || variable === CONFIG_VARIABLE) continue;
    const name = names.get(variable);
    if (name === undefined)
      return { ok: false, reason: `in the environment: ${unknownName('variable', variable, [...names.keys()])}` };
    const wrong = checkConfigured(name, text);
    if (wrong !== null) return { ok: false, reason: `${variable}=${text} in the environment: ${wrong}` };
    found.set(name, { text: resolveSetting(name, text, fromUser), origin: { kind: 'environment', variable } });
  }
  const contradiction = rivalry((one) => found.get(one)?.text ?? null);
  if (contradiction !== null) return { ok: false, reason: `in the environment: ${contradiction}` };
  return { ok: true, value: found };
}

/** A command line in which what is configured stands for the flags that were not given, as far as the command has them. */
export function withConfiguration(
  line: CommandLine,
  rows: readonly OptionRow[],
  configuration: Configuration,
): CommandLine {
  const options = new Map(line.options);
  const sooner = without(configuration, line.options);
  for (const { name, value } of rows) {
    const text = sooner.get(name)?.text;
    if (text === undefined || options.has(name)) continue;
    if (value !== null) options.set(name, [text]);
    else if (text === 'true') options.set(name, ['']); // a flag, as it is given
  }
  const flags = options.get('set') ?? [];
  const given = new Set(flags.map((pair) => pair.split('=', 1)[0]));
  const pairs = [...configuration].flatMap(([name, { text }]) =>
    isSetting(name) || given.has(name) ? [] : [`${name}=${text}`],
  );
  if (pairs.length > 0 && rows.some(({ name }) => name === 'set')) options.set('set', [...pairs, ...flags]);
  return { ...line, options };
}

/** `millrace.yaml, line 3`. */
export function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'default':
      return 'default';
    case 'file':
      return `${shownPath(origin.path)}, line ${origin.line}`;
    case 'environment':
      return origin.variable;
    case 'flag':
      return 'flag';
  }
}
