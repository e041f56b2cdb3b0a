// A tape as text: everything that is needed to repeat a run, small and readable. Writing and reading are pure; the caller knows
// the commit and the version of V8. What a later version of this format brings is refused with its line, never guessed.
import type { Result } from '../../core/base/value.ts';
import type { TapeEntry } from '../decisions.ts';
import { guestKinds, type ExactFaults, type GuestKind } from '../guest.ts';
import { LineReader } from './tape-lines.ts';
import { quoteWord } from './tape-words.ts';

export const TAPE_FORMAT = 'millrace-tape';
/** 2: the scenario line says what kind of guest it is of. */
export const TAPE_VERSION = 2;

/** A decision, and what it made happen, if it was a fault. */
export interface AnnotatedEntry extends TapeEntry {
  readonly text?: string;
}

export interface TapeFile {
  readonly commit: string;
  readonly v8: string;
  readonly scenario: {
    /** What sort of guest it describes. */
    readonly kind: GuestKind;
    readonly name: string;
    /** From the root of the repository if it lies there, else whole. */
    readonly file: string;
    readonly hash: string;
  };
  /** The seed that the run was drawn from; the decisions below need not be all of that seed's. */
  readonly seed: number;
  readonly set: Readonly<Record<string, number>>;
  /** Fault kinds in force; null: those of the scenario. */
  readonly faults: readonly string[] | null;
  /** Their number is bounded, and nothing else; null: they come by their weights. */
  readonly exactFaults: ExactFaults | null;
  /** Records kept of a split, by `topic/split`. */
  readonly inputLimits: Readonly<Record<string, number>>;
  readonly verdict: { readonly kind: string; readonly oracle: string; readonly sentence: string };
  readonly events: number;
  readonly traceHash: string;
  readonly decisions: readonly AnnotatedEntry[];
  /** The rolling hash after each `EVENTS_PER_HASH` events (observe.ts), so that a divergence has a place. */
  readonly hashes: readonly string[];
}

const ENTRIES_PER_LINE = 12;
const HASHES_PER_LINE = 6;

/** The text of a tape. Equal tapes have equal texts. */
export function writeTape(tape: TapeFile): string {
  return [
    `${TAPE_FORMAT} ${TAPE_VERSION}`,
    `commit ${quoteWord(tape.commit)}`,
    `v8 ${quoteWord(tape.v8)}`,
    `scenario ${tape.scenario.kind} ${quoteWord(tape.scenario.name)} ${quoteWord(tape.scenario.file)} ${quoteWord(tape.scenario.hash)}`,
    `seed ${tape.seed}`,
    ...sorted(tape.set).map(([name, value]) => `set ${quoteWord(name)} ${value}`),
    ...(tape.faults === null ? [] : [['faults', ...tape.faults.map(quoteWord)].join(' ')]),
    ...(tape.exactFaults === null ? [] : [exactFaultsLine(tape.exactFaults)]),
    ...sorted(tape.inputLimits).map(([split, records]) => `limit ${quoteWord(split)} ${records}`),
    `verdict ${quoteWord(tape.verdict.kind)} ${quoteWord(tape.verdict.oracle)} ${JSON.stringify(tape.verdict.sentence)}`,
    `events ${tape.events}`,
    `hash ${quoteWord(tape.traceHash)}`,
    `decisions ${tape.decisions.length}`,
    ...decisionLines(byStream(tape.decisions)),
    `hashes ${tape.hashes.length}`,
    ...chunksOf(tape.hashes.map(quoteWord), HASHES_PER_LINE).map((words) => words.join(' ')),
    'end',
    '',
  ].join('\n');
}

/** Decisions of one stream beside each other; streams in the order of their first decisions. */
function byStream(decisions: readonly AnnotatedEntry[]): AnnotatedEntry[] {
  return [...Map.groupBy(decisions, ({ stream }) => stream).values()].flat();
}

/** Lines of decisions; what made something happen has a line of its own, the others share lines. */
function decisionLines(decisions: readonly AnnotatedEntry[]): string[] {
  const lines: string[] = [];
  let stream: string | null = null;
  let words: string[] = [];
  const flush = (): void => {
    for (const chunk of chunksOf(words, ENTRIES_PER_LINE)) lines.push(`${quoteWord(stream ?? '')} ${chunk.join(' ')}`);
    words = [];
  };
  for (const entry of decisions) {
    if (entry.stream !== stream || entry.text !== undefined) flush();
    stream = entry.stream;
    if (entry.text === undefined) words.push(`${entry.index}=${entry.value}`);
    else
      lines.push(`${quoteWord(stream)} ${entry.index}=${entry.value}  # ${entry.text.replaceAll(/\s+/g, ' ').trim()}`);
  }
  flush();
  return lines;
}

/** Reads a tape. A refusal names the line and what was expected there. */
export function readTape(text: string): Result<TapeFile> {
  const lines = new LineReader(text);
  try {
    return { ok: true, value: readAll(lines) };
  } catch (error) {
    const refusal = lines.refusal();
    if (refusal === null) throw error;
    return { ok: false, reason: refusal };
  }
}

function readAll(lines: LineReader): TapeFile {
  readFormat(lines);
  const commit = lines.words('commit', 1)[0]!;
  const v8 = lines.words('v8', 1)[0]!;
  const [kindOfGuest, name, file, hash] = lines.words('scenario', 4);
  const guest = guestKinds.find((one) => one === kindOfGuest);
  if (guest === undefined) lines.refuse(`expected ${guestKinds.join(' or ')}, found "${kindOfGuest}"`);
  const seed = lines.number('seed');
  const set = lines.table('set');
  const faults = lines.next('faults') ? lines.anyWords('faults') : null;
  const exactFaults = lines.next('exact-faults') ? readExactFaults(lines) : null;
  const inputLimits = lines.table('limit');
  const [kind, oracle, sentence] = lines.words('verdict', 3);
  const events = lines.number('events');
  const traceHash = lines.words('hash', 1)[0]!;
  const decisions = readDecisions(lines, lines.number('decisions'));
  const hashes = readHashes(lines, lines.number('hashes'));
  lines.words('end', 0);
  lines.expectEnd();
  return {
    commit,
    v8,
    scenario: { kind: guest, name: name!, file: file!, hash: hash! },
    seed,
    set,
    faults,
    exactFaults,
    inputLimits,
    verdict: { kind: kind!, oracle: oracle!, sentence: sentence! },
    events,
    traceHash,
    decisions,
    hashes,
  };
}

function exactFaultsLine({ faultsMax, untilMs }: ExactFaults): string {
  return ['exact-faults', faultsMax, ...(untilMs === undefined ? [] : [untilMs])].join(' ');
}

function readExactFaults(lines: LineReader): ExactFaults {
  const [faultsMax = 0, untilMs, ...more] = lines.numbers('exact-faults');
  if (more.length > 0) lines.refuse('expected "exact-faults", how many, and until when in ms');
  return untilMs === undefined ? { faultsMax } : { faultsMax, untilMs };
}

function readFormat(lines: LineReader): void {
  if (!lines.next(TAPE_FORMAT)) lines.refuse(`expected "${TAPE_FORMAT} ${TAPE_VERSION}": this is not a tape`);
  const version = lines.words(TAPE_FORMAT, 1)[0];
  if (version !== String(TAPE_VERSION)) {
    lines.refuse(`this tape has version ${version}, and only version ${TAPE_VERSION} is understood here`);
  }
}

function readDecisions(lines: LineReader, count: number): AnnotatedEntry[] {
  const decisions: AnnotatedEntry[] = [];
  const seen = new Set<string>();
  while (decisions.length < count) {
    const { words, comment } = lines.free('a decision: stream index=value');
    const [stream, ...pairs] = words;
    if (stream === undefined || pairs.length === 0) lines.refuse('expected a decision: stream index=value');
    for (const pair of pairs) {
      const match = /^(\d+)=(\d+)$/.exec(pair);
      if (match === null) lines.refuse(`expected index=value, found "${pair}"`);
      const entry = { stream: stream, index: Number(match[1]), value: Number(match[2]) };
      if (seen.has(`${entry.stream} ${entry.index}`))
        lines.refuse(`decision ${entry.index} of ${stream} is there twice`);
      seen.add(`${entry.stream} ${entry.index}`);
      decisions.push(comment === null ? entry : { ...entry, text: comment });
    }
  }
  if (decisions.length > count) lines.refuse(`found more decisions than the ${count} that were announced`);
  return decisions;
}

function readHashes(lines: LineReader, count: number): string[] {
  const hashes: string[] = [];
  while (hashes.length < count) hashes.push(...lines.free('a hash').words);
  if (hashes.length > count) lines.refuse(`found more hashes than the ${count} that were announced`);
  return hashes;
}

function sorted(table: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1));
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let i = 0; i < items.length; i += size) chunks.push(items.slice(i, i + size));
  return chunks;
}
