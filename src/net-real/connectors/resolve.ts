// The URLs of a job at submission: checked, paths made absolute, with all that a process needs to open them. TaskManagers see no other.
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { meantName, unknownName } from '../../core/base/options.ts';
import { messageOf } from '../../core/base/stack-lines.ts';
import type { Result } from '../../core/base/value.ts';
import {
  formatConnectorUrl,
  isConnectorUrl,
  parseConnectorUrl,
  type ConnectorUrl,
} from '../../core/graph/connector-url.ts';
import { IDENTITY_OPTION } from '../../core/graph/sink-identity.ts';
import type { SinkConnector, SourceConnector } from '../../core/graph/connectors.ts';
import type { JobGraph, Operator, SinkOperator, SourceOperator } from '../../core/graph/job-graph.ts';
import { builtInSinks, builtInSources } from './registry.ts';

export interface Submission {
  /** The folder of the job file: relative paths begin there. */
  readonly folder: string;
  /** Of the artifact. */
  readonly hash: string;
  /** Users' own, by scheme. */
  readonly connectors: ReadonlyMap<string, SourceConnector>;
  /** The same for sinks. */
  readonly sinks?: ReadonlyMap<string, SinkConnector>;
}

/** Throws one sentence for all URLs that are wrong. */
export async function resolveConnectors(graph: JobGraph, submission: Submission): Promise<JobGraph> {
  const results = await Promise.all(graph.operators.map((operator) => tryResolve(operator, submission)));
  const mistakes = results.flatMap((result) => (result.ok ? [] : [result.reason]));
  if (mistakes.length > 0) throw new Error(mistakes.join('; '));
  return { ...graph, operators: results.flatMap((result) => (result.ok ? [result.value] : [])) };
}

async function tryResolve(operator: Operator, submission: Submission): Promise<Result<Operator>> {
  try {
    return { ok: true, value: await resolveOperator(operator, submission) };
  } catch (error) {
    return { ok: false, reason: `${operator.kind} "${operator.id}": ${messageOf(error)}` };
  }
}

async function resolveOperator(operator: Operator, submission: Submission): Promise<Operator> {
  if (operator.kind === 'source' && isConnectorUrl(operator.topic)) return resolveSource(operator, submission);
  return operator.kind === 'sink' && isConnectorUrl(operator.sink) ? resolveSink(operator, submission) : operator;
}

async function resolveSource(operator: SourceOperator, submission: Submission): Promise<SourceOperator> {
  const { topic, splits } = operator;
  const url = parsed(topic);
  if (url.options.has('splits'))
    throw new Error(`${topic}: the number of splits is a setting of the source, splits: ${splits}`);
  const own = submission.connectors.get(url.scheme);
  if (own !== undefined) {
    checkOptions(url, own.options ?? []);
    return withTopic(operator, { ...url, code: submission.hash });
  }
  const known = builtInSources.get(url.scheme);
  if (known === undefined)
    throw new Error(`${topic}: ${unknownScheme(url, [...builtInSources.keys(), ...submission.connectors.keys()])}`);
  const isPath = known.placeKind === 'path' || known.placeKind === 'folder';
  const whole = isPath ? { ...url, place: pathOf(url, submission.folder) } : url;
  const mistake = sourceMistake(whole, operator);
  if (mistake !== null) throw new Error(`${topic}: ${mistake}`);
  if (known.placeKind === 'path') {
    checkFile(whole.place);
    await checkFirstRecord(known, whole, operator);
  }
  if (known.placeKind === 'folder') checkFolder(whole.place);
  return withTopic(operator, whole);
}

/** The number of splits is part of what a process needs: of a row it says whose it is. */
function withTopic(operator: SourceOperator, url: ConnectorUrl): SourceOperator {
  const options = new Map([...url.options, ['splits', String(operator.splits)]]);
  return { ...operator, topic: formatConnectorUrl({ ...url, options }) };
}

/** What is not exactly once about a job, a sentence each: told to whoever submits it. */
export function weaknessesOf({ operators }: JobGraph): readonly string[] {
  return operators.flatMap((operator) => {
    const url = operator.kind === 'source' ? parseConnectorUrl(operator.topic) : null;
    if (url === null || url.code !== null) return [];
    const weakness = builtInSources.get(url.scheme)?.weaknessOf?.(url.options) ?? null;
    return weakness === null ? [] : [`source "${operator.id}", ${url.scheme}:${url.place}, ${weakness}`];
  });
}

/** What is wrong with a URL of a source whose connector is built in, or null. */
export function sourceMistake(
  { scheme, place, options, code }: ConnectorUrl,
  { splits, schema }: Pick<SourceOperator, 'splits' | 'schema'>,
): string | null {
  const known = builtInSources.get(scheme);
  if (known === undefined || code !== null) return unknownScheme({ scheme }, [...builtInSources.keys()]);
  const names = known.options ?? [];
  const foreign = [...options.keys()].find((name) => name !== 'splits' && !names.includes(name));
  if (foreign !== undefined) return unknownOption(scheme, foreign, names);
  if ((known.placeKind === 'path' || known.placeKind === 'folder') && !place.startsWith('/'))
    return `its path "${place}" is not absolute`;
  if (known.placeKind === 'nothing' && place !== '') return `"${place}" is no option: ${scheme}:?${names[0]}=…`;
  return known.mistakeIn(place, options, splits, schema);
}

function resolveSink(operator: SinkOperator, { folder, sinks, hash }: Submission): SinkOperator {
  const { sink } = operator;
  const url = parsed(sink);
  const own = sinks?.get(url.scheme);
  if (own !== undefined) {
    checkOptions(url, own.options ?? []);
    return { ...operator, sink: formatConnectorUrl({ ...withIdentity(own, url), code: hash }) };
  }
  const format = builtInSinks.get(url.scheme);
  if (format === undefined && builtInSources.has(url.scheme))
    throw new Error(`${sink}: ${url.scheme}: is a source; sinks are ${[...builtInSinks.keys()].join(', ')}`);
  if (format === undefined)
    throw new Error(`${sink}: ${unknownScheme(url, [...builtInSinks.keys(), ...(sinks?.keys() ?? [])])}`);
  const whole = { ...url, place: pathOf(url, folder) };
  const mistake = sinkMistake(whole);
  if (mistake !== null) throw new Error(`${sink}: ${mistake}`);
  const there = statSync(whole.place, { throwIfNoEntry: false });
  if (there !== undefined && !there.isDirectory())
    throw new Error(`${sink}: ${whole.place} is a file, and a sink is a folder of parts`);
  return { ...operator, sink: formatConnectorUrl(whole) };
}

const IDENTITY_CHARACTERS_MAX = 500;

/** With what the connector says of its place. */
function withIdentity(connector: SinkConnector, url: ConnectorUrl): ConnectorUrl {
  const { place, options } = url;
  if (connector.identity === undefined) return url;
  const identity: unknown = connector.identity({ place, options });
  if (typeof identity !== 'string' || identity === '' || identity.length > IDENTITY_CHARACTERS_MAX)
    throw new Error(
      `${url.scheme}:${place}: "identity" of its connector gave ${JSON.stringify(identity)}, expected a text of 1 to ${IDENTITY_CHARACTERS_MAX} characters`,
    );
  return { ...url, options: new Map([...options, [IDENTITY_OPTION, identity]]) };
}

/** What is wrong with a URL of a sink, or null. */
export function sinkMistake({ scheme, place, options, code }: ConnectorUrl): string | null {
  const format = builtInSinks.get(scheme);
  if (format === undefined || code !== null) return unknownScheme({ scheme }, [...builtInSinks.keys()]);
  const foreign = [...options.keys()].find((name) => !format.options.includes(name));
  if (foreign !== undefined) return unknownOption(scheme, foreign, format.options);
  if (!/^\/.*[^/]$/s.test(place)) return `its path "${place}" is no absolute path of a folder`;
  return format.mistakeIn(options);
}

function unknownScheme({ scheme }: Pick<ConnectorUrl, 'scheme'>, known: readonly string[]): string {
  const swapped = known.find((name) => letters(name) === letters(scheme));
  return swapped === undefined ? unknownName('scheme', scheme, known) : meantName('scheme', scheme, swapped);
}

function letters(name: string): string {
  return name.split('').sort().join('');
}

function unknownOption(scheme: string, name: string, known: readonly string[]): string {
  return known.length === 0 ? `${scheme}: takes no options, and "${name}" is one` : unknownName('option', name, known);
}

function checkOptions({ scheme, options }: ConnectorUrl, known: readonly string[]): void {
  const foreign = [...options.keys()].find((name) => !known.includes(name));
  if (foreign !== undefined) throw new Error(unknownOption(scheme, foreign, known));
}

function parsed(text: string): ConnectorUrl {
  const url = parseConnectorUrl(text);
  if (url === null) throw new Error(`${text} is no URL of a connector: scheme:place?option=value, each option once`);
  if (url.code === null) return url;
  throw new Error(`${text}: its end is that of a URL of an artifact, which nobody writes`);
}

/** `file:a/b`, `file:/a/b` and `file:///a/b`, as an absolute path. */
function pathOf({ scheme, place }: ConnectorUrl, folder: string): string {
  const path = place.startsWith('///') ? place.slice(2) : place;
  if (path.startsWith('//'))
    throw new Error(`${scheme}:${place}: a path has no host: ${scheme}:path, or ${scheme}:///path`);
  if (path === '') throw new Error(`${scheme}: names no path`);
  return resolve(join(path.startsWith('/') ? '/' : folder, path));
}

function checkFile(path: string): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there === undefined) throw new Error(`there is no file ${path}`);
  if (!there.isFile()) throw new Error(`${path} is a folder, and one file is read: folder: reads all of one`);
}

function checkFolder(path: string): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there === undefined) throw new Error(`there is no folder ${path}`);
  if (!there.isDirectory()) throw new Error(`${path} is a file, and a folder is read: jsonl:, csv: and file: read one`);
}

/** A header that is none, or a file of another form, is told before anything runs. */
async function checkFirstRecord(
  connector: SourceConnector,
  { place, options }: ConnectorUrl,
  { splits, schema }: SourceOperator,
): Promise<void> {
  const reader = await connector.open({
    place,
    options,
    split: 0,
    splits,
    ...(schema === undefined ? {} : { schema }),
  });
  try {
    await reader.read({ position: 0, mark: '', maxRecords: 1 }, { add: () => {} });
  } finally {
    await reader.close();
  }
}
