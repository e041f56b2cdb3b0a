// Where code of a job threw, for people: name, message and the frames of the job's own files, as far as its artifact has a source map. Frames of Millrace are
// left out, and so is all that called the job.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../core/base/stack-lines.ts';
import { UserCodeError } from '../core/operators/user-code-error.ts';
import { isInArtifact } from './artifact-store.ts';
import { authorNames, OWN_SOURCE, readSourceMap, sourcesOf, type FindSource } from './source-map.ts';

const FRAMES_MAX = 20;
const CHARACTERS_MAX = 4_000;
const MESSAGE_CHARACTERS_MAX = 1_000;
/** Errors that others caused. */
const CAUSES_MAX = 4;

/**
 * `RangeError: too many`, lines such as `    at toSeven (job.ts:12:9)`, and the same of what caused it behind `Caused by: `. Of what the job did without a throw
 * of its own, the frames alone. Null: nothing of the job is in the stack.
 */
export function jobStack(thrown: unknown): string | null {
  try {
    const isDeed = thrown instanceof UserCodeError && thrown.cause === undefined;
    if (isDeed) return cut(framesOf(thrown));
    return cut(stackLines(thrown instanceof UserCodeError ? thrown.cause : thrown));
  } catch {
    return null; // what was thrown is anything, and looking at it may throw
  }
}

/** The first frame of it, for a sentence: `at toSeven (job.ts:12:9)`. */
export function jobPlace(thrown: unknown): string | null {
  return jobStack(thrown)?.split('\n').find(isFrame)?.trim() ?? null;
}

/** The same error, whose message ends with its place; as it is, where that is not known. */
export function placedError(thrown: unknown): unknown {
  const place = jobPlace(thrown);
  return place === null ? thrown : new Error(`${messageOf(thrown)}, ${place}`, { cause: thrown });
}

function cut(lines: readonly string[]): string | null {
  return lines.some(isFrame) ? lines.join('\n').slice(0, CHARACTERS_MAX) : null;
}

const isFrame = (line: string): boolean => line.startsWith('    at ');

function stackLines(thrown: unknown): readonly string[] {
  const lines: string[] = [];
  let left = FRAMES_MAX;
  let error = thrown;
  for (let causes = 0; causes <= CAUSES_MAX && error instanceof Error; causes++) {
    const frames = framesOf(error).slice(0, left);
    left -= frames.length;
    lines.push(`${causes === 0 ? '' : 'Caused by: '}${headOf(error)}`, ...frames);
    error = error.cause;
  }
  return lines;
}

function headOf({ name, message }: Error): string {
  return `${name}: ${message}`.slice(0, MESSAGE_CHARACTERS_MAX);
}

/** Down to the last frame of the job. */
function framesOf({ stack }: Error): readonly string[] {
  if (typeof stack !== 'string') return [];
  const lines = stack.split('\n').filter((line) => /^\s+at /.test(line));
  const last = lines.findLastIndex(isInArtifact);
  const maps = new Map<string, Origins | null>();
  return lines.slice(0, last + 1).flatMap((line) => ownFrame(line.trim(), maps) ?? []);
}

/** What Node calls itself, as between a callback and who passed it. */
const OF_NODE = /\((node:|<anonymous>|native)/;

/** Null: it is not the job's. */
function ownFrame(line: string, maps: Map<string, Origins | null>): string | null {
  if (!isInArtifact(line)) return OF_NODE.test(line) && !line.includes('(node:internal/') ? `    ${line}` : null;
  const place = /^(.*?)\(?(file:\/\/[^\s()]+|\/.*\.mjs)(?:\?[^:]*)?:(\d+):(\d+)\)?$/.exec(line);
  if (place === null) return null;
  const [, called = '', url = '', lineNumber, column] = place;
  const path = url.startsWith('file://') ? fileURLToPath(url) : url;
  const origins = maps.get(path) ?? originsIn(path);
  maps.set(path, origins);
  if (origins === null) return `    ${line}`;
  const found = origins.find({ line: Number(lineNumber), column: Number(column) });
  if (found === null || found.source.startsWith(OWN_SOURCE)) return null;
  const where = `${found.source}:${found.line}:${found.column}`;
  if (!line.endsWith(')')) return `    ${called}${where}`;
  return `    ${called.replace(CALLED, (name) => origins.names.get(name) ?? name)}(${where})`;
}

/** The name of a function in `at map2 `, `at new Tick2 ` and `at async run2 `; not that of a method, which no bundler changes. */
const CALLED = /(?<=^at (?:async )?(?:new )?)[\w$]+(?= $)/;

/** Null: it has no map, as it was bundled by other means. */
function originsIn(path: string): Origins | null {
  const module = readFileSync(path);
  const map = readSourceMap(module);
  return map === null ? null : { find: sourcesOf(map), names: authorNames(module, map) };
}

interface Origins {
  readonly find: FindSource;
  readonly names: ReadonlyMap<string, string>;
}
