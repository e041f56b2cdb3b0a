// `folder:`: a folder to which files are added, and which never ends. Its files are read in the order of their names, each by one split: that to which the hash of
// its name leads. A file is whole when one with a later name is there; until then it may grow. A place is a name and a mark in that file.
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordsOut, SplitAnswer, SplitPlace, SplitReader, SplitRequest } from '../../core/graph/connectors.ts';
import { describeError } from '../port-answers.ts';
import { Refusal } from '../refusal.ts';
import { flagMistake, type BuiltInSource } from './connector.ts';
import { csvSource } from './csv.ts';
import { fileSource } from './file.ts';
import { jsonlSource } from './jsonl.ts';
import { markOf, placeIn, type Share } from './split-mark.ts';

/** How each file is read. */
const formats: ReadonlyMap<string, BuiltInSource> = new Map([
  ['csv', csvSource],
  ['file', fileSource],
  ['jsonl', jsonlSource],
]);
const FORMAT_DEFAULT = 'jsonl';

export const folderSource: BuiltInSource = {
  placeKind: 'folder',
  isRepeatable: false,
  options: ['format', ...new Set([...formats.values()].flatMap(({ options = [] }) => options))].filter(
    (name) => name !== 'follow',
  ),
  mistakeIn: (place, options, splits, schema) => {
    const format = formats.get(formatIn(options));
    if (format === undefined)
      return `its option format is "${formatIn(options)}": expected ${[...formats.keys()].join(', ')}`;
    const own = ofFormat(options);
    const foreign = [...own.keys()].find((name) => name !== 'splits' && !(format.options ?? []).includes(name));
    if (foreign !== undefined) return `its option ${foreign} is none of format ${formatIn(options)}`;
    return flagMistake(own, 'follow') ?? format.mistakeIn(place, own, splits, schema);
  },
  open: folderReader,
};

function formatIn(options: ReadonlyMap<string, string>): string {
  return options.get('format') ?? FORMAT_DEFAULT;
}

function ofFormat(options: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...options].filter(([name]) => name !== 'format'));
}

/** Where a split is: before record `next` of it, in the file `name`, whose first record is record `base`. A name of '' is before the first file. */
interface Place {
  readonly next: number;
  readonly name: string;
  readonly base: number;
  /** In the file; '': at its beginning. */
  readonly inner: string;
  /** Files of the split that were read before it, and what their names are known by. */
  readonly passed: number;
  readonly print: string;
}

const BEGINNING: Place = { next: 0, name: '', base: 0, inner: '', passed: 0, print: printOf([]) };

interface Folder {
  readonly given: SplitPlace;
  readonly share: Share;
  at: Place;
  /** The mark that was given out last. */
  mark: string;
  open: { readonly name: string; readonly isWhole: boolean; readonly reader: SplitReader } | null;
  /** Names that this process saw before the place where it is. */
  readonly seen: Set<string>;
}

function folderReader(given: SplitPlace): SplitReader {
  const share = { split: given.split, splits: given.splits };
  const folder: Folder = { given, share, at: BEGINNING, mark: '', open: null, seen: new Set() };
  return {
    async read(request, out) {
      if (request.mark !== folder.mark) await goTo(folder, request);
      return readOn(folder, request, out);
    },
    close: () => closeFile(folder),
  };
}

/** Where a checkpoint was: at the position that is wanted, or before it. */
async function goTo(folder: Folder, { mark }: SplitRequest): Promise<void> {
  await closeFile(folder);
  folder.at = mark === '' ? BEGINNING : parsePlace(placeIn(mark, folder.share));
  folder.mark = mark;
  folder.seen.clear();
}

async function readOn(folder: Folder, { position, maxRecords }: SplitRequest, out: RecordsOut): Promise<SplitAnswer> {
  for (;;) {
    const names = await namesIn(folder.given.place);
    const own = names.filter((name) => isOf(folder.share, name));
    checkPassed(folder, own);
    if (folder.at.name === '' && !enter(folder, own)) return answer(folder, position);
    const before = position - folder.at.next; // records behind the mark that the checkpoint covers
    const wanted = before > 0 ? { count: before, out: NOWHERE } : { count: maxRecords, out };
    const isWhole = names.some((other) => other > folder.at.name);
    const { count, end } = await readFile(folder, isWhole, wanted.count, wanted.out);
    if (before > 0 && count > 0) continue;
    if (before <= 0 && (count > 0 || maxRecords === 0)) return answer(folder, position);
    if (!end || !enter(folder, own)) return answer(folder, position);
  }
}

const NOWHERE: RecordsOut = { add: () => {} };

function answer(folder: Folder, position: number): SplitAnswer {
  const { next } = folder.at;
  if (next < position)
    throw new Refusal(
      `${folder.given.place}: split ${folder.share.split} has ${next} records, and record ${position} is wanted`,
    );
  folder.mark = folder.at === BEGINNING ? '' : markOf(folder.share, formatPlace(folder.at));
  return { end: false, mark: folder.mark };
}

/** The next file of the split; false: it is not there yet. */
function enter(folder: Folder, own: readonly string[]): boolean {
  const { name, next: base } = folder.at;
  const next = own.find((one) => one > name);
  if (next === undefined) return false;
  const passed = own.filter((one) => one < next);
  for (const one of passed) folder.seen.add(one);
  folder.at = { next: base, name: next, base, inner: '', passed: passed.length, print: printOf(passed) };
  return true;
}

/** A file that comes behind its turn would never be read. One that was read may be taken away. */
function checkPassed(folder: Folder, own: readonly string[]): void {
  const { name, passed, print } = folder.at;
  const before = own.filter((one) => one < name);
  const isAsItWas = before.length === passed && printOf(before) === print;
  const late = folder.seen.size > 0 && !isAsItWas ? before.find((one) => !folder.seen.has(one)) : undefined;
  if (late !== undefined || before.length > passed)
    throw new Refusal(
      `${folder.given.place}: ${late ?? 'a file'} came when ${name} was being read already, and names are read in their order: give it a later one`,
    );
  if (isAsItWas) for (const one of before) folder.seen.add(one);
}

/** Reads on in the file where the split is. */
async function readFile(
  folder: Folder,
  isWhole: boolean,
  maxRecords: number,
  out: RecordsOut,
): Promise<{ readonly count: number; readonly end: boolean }> {
  const { given, at } = folder;
  if (folder.open?.name !== at.name || folder.open.isWhole !== isWhole) {
    await closeFile(folder);
    const options = new Map(ofFormat(given.options));
    if (!isWhole) options.set('follow', '');
    const format = formats.get(formatIn(given.options)) as BuiltInSource;
    const place = { ...given, place: join(given.place, at.name), options, split: 0, splits: 1 };
    const reader = await format.open(place);
    folder.open = { name: at.name, isWhole, reader };
  }
  let count = 0;
  const counted: RecordsOut = {
    add(record) {
      count += 1;
      out.add(record);
    },
  };
  const request = { position: at.next - at.base, mark: at.inner, maxRecords };
  const { end, mark } = await folder.open.reader.read(request, counted);
  folder.at = { ...at, next: at.next + count, inner: mark };
  return { count, end };
}

async function closeFile(folder: Folder): Promise<void> {
  await folder.open?.reader.close();
  folder.open = null;
}

/** In the order in which they are read. Names that begin with a dot or an underscore are those of files that somebody is still writing. */
async function namesIn(place: string): Promise<readonly string[]> {
  try {
    const all = await readdir(place, { withFileTypes: true });
    const names = all.filter((one) => one.isFile() && !/^[._]/.test(one.name)).map(({ name }) => name);
    return names.sort((a, b) => (a < b ? -1 : 1));
  } catch (error) {
    throw new Error(`${place}: ${describeError(error)}`, { cause: error });
  }
}

function isOf({ split, splits }: Share, name: string): boolean {
  return createHash('sha256').update(name).digest().readUInt32BE(0) % splits === split;
}

function printOf(names: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(names)).digest('hex').slice(0, 16);
}

/** The name is last, and has no slash. */
function formatPlace({ next, name, base, inner, passed, print }: Place): string {
  return `${next}:${base}:${passed}:${print}:${inner}/${name}`;
}

function parsePlace(text: string): Place {
  const [, next, base, passed, print = '', inner = '', name = ''] =
    /^(\d{1,15}):(\d{1,15}):(\d{1,15}):([0-9a-f]{16}):(.*)\/([^/]+)$/s.exec(text) ?? [];
  if (name === '') throw new Refusal(`the mark of a checkpoint is none of a folder: "${text.slice(0, 80)}"`);
  return { next: Number(next), name, base: Number(base), inner, passed: Number(passed), print };
}
