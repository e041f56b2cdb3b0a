// The source map of an artifact: its last line, as a comment that tools of others read too. By it a place in the artifact is a place in the files of its author.
import { SourceMap, type SourceMapPayload } from 'node:module';

const BEGIN = '//# sourceMappingURL=data:application/json;base64,';
/** Sources of Millrace itself, which are in each artifact. */
export const OWN_SOURCE = 'millrace:';

/** What a map says, as far as it is needed. `sources`: relative to the folder of the job file, or of Millrace's own by `OWN_SOURCE`. */
export interface SourceMapData {
  readonly version: 3;
  readonly sources: readonly string[];
  /** What its author called things that have another name in the module. */
  readonly names: readonly string[];
  readonly mappings: string;
}

/** A module with its map. */
export function addSourceMap(module: Uint8Array, { version, sources, names, mappings }: SourceMapData): Uint8Array {
  const json = JSON.stringify({ version, sources, names, mappings });
  return Buffer.concat([module, Buffer.from(`${BEGIN}${Buffer.from(json).toString('base64')}\n`)]);
}

/** The same module behind some more lines. */
export function moveDown(module: Uint8Array, lines: readonly string[]): Uint8Array {
  const head = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  const map = readSourceMap(module);
  if (map === null) return Buffer.concat([head, module]);
  const moved = { ...map, mappings: `${';'.repeat(lines.length)}${map.mappings}` };
  return Buffer.concat([head, addSourceMap(module.subarray(0, beginOf(module)), moved)]);
}

/** Null: the module has none that can be read. */
export function readSourceMap(module: Uint8Array): SourceMapData | null {
  const begin = beginOf(module);
  if (begin < 0) return null;
  const text = bufferOf(module).subarray(begin + BEGIN.length);
  try {
    const map = JSON.parse(Buffer.from(text.toString('latin1'), 'base64').toString()) as Partial<SourceMapData>;
    const { version, sources, names = [], mappings } = map;
    return version === 3 && Array.isArray(sources) && Array.isArray(names) && typeof mappings === 'string'
      ? { version, sources, names, mappings }
      : null;
  } catch {
    return null; // of somebody's own making
  }
}

function beginOf(module: Uint8Array): number {
  return bufferOf(module).lastIndexOf(BEGIN);
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Lines and columns count from 1, as in stacks. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface SourcePlace extends Place {
  readonly source: string;
}

/** Where a place of the module was written. Null: nobody wrote it. */
export type FindSource = (place: Place) => SourcePlace | null;

export function sourcesOf(map: SourceMapData): FindSource {
  const found = new SourceMap(map as unknown as SourceMapPayload);
  return ({ line, column }) => {
    const entry = found.findEntry(line - 1, column - 1);
    if (!('originalSource' in entry) || typeof entry.originalSource !== 'string') return null;
    return { source: entry.originalSource, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
  };
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * What its author called each name of a module: a bundler gives another one to what would be named twice, as a function `map` beside one of Millrace.
 * A name that stands for several is left out.
 */
export function authorNames(module: Uint8Array, { names, mappings }: SourceMapData): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const doubtful = new Set<string>();
  const lines = bufferOf(module).subarray(0, beginOf(module)).toString().split('\n');
  let name = 0;
  for (const [index, line] of mappings.split(';').entries()) {
    let column = 0;
    for (const segment of line === '' ? [] : line.split(',')) {
      const [columns = 0, , , , named] = numbersOf(segment);
      column += columns;
      if (named === undefined) continue;
      name += named;
      const inModule = /^[\w$]+/.exec(lines[index]?.slice(column) ?? '')?.[0];
      const byAuthor = names[name];
      if (inModule === undefined || byAuthor === undefined) continue;
      if ((found.get(inModule) ?? byAuthor) !== byAuthor) doubtful.add(inModule);
      found.set(inModule, byAuthor);
    }
  }
  for (const one of doubtful) found.delete(one);
  return found;
}

/** The numbers of a segment: five bits and whether more follow in each digit, the sign in the lowest bit. */
function numbersOf(segment: string): readonly number[] {
  const numbers: number[] = [];
  let bits = 0;
  let shift = 0;
  for (const digit of segment) {
    const value = DIGITS.indexOf(digit);
    bits |= (value & 31) << shift;
    shift += 5;
    if (value > 31) continue;
    numbers.push(bits & 1 ? -(bits >>> 1) : bits >>> 1);
    bits = 0;
    shift = 0;
  }
  return numbers;
}
