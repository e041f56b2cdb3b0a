// The reference: what a sequential run of the job commits in the end, and what state it is in at a cut.
// It holds for jobs whose output multiset does not depend on the order between splits. With a bound of out-of-orderness that the input
// breaks, lateness depends on that order: the reference then reads one record of each split in turn, and `isOneOfSeveral` says so.
import { must } from '../../core/base/assert.ts';
import { guarded } from '../../realm/guard.ts';
import type { Value } from '../../core/base/value.ts';
import { messageOf, stackLines } from '../../core/base/stack-lines.ts';
import type { OracleContext } from './context.ts';
import { heldBackOf, unseenRecords, type HeldBack, type InFlight } from './in-flight.ts';
import { isEndAt, planReference, type ReferencePlan } from './reference-plan.ts';
import { BadOutput, type OperatorState, type ReferenceRun } from './kinds/kind.ts';
import { REFERENCE_KINDS } from './kinds/kinds.ts';
import { createReferenceRun, endSplit, runTo } from './reference-run.ts';
import { addLine, createNumberedLines, findLine, type NumberedLines } from './numbered-lines.ts';
import { cutText, textOf } from './text.ts';

/** The lines of one external sink, numbered; two equal lines have one number. */
export interface ReferenceLines {
  /** By number: a record with that line. */
  readonly records: readonly Value[];
  /** By number: how often the line is there. */
  readonly counts: Uint32Array;
  /** By number: the smallest timestamp that the line comes with. */
  readonly earliest: Float64Array;
  readonly total: number;
  /** The number of a record's line; undefined: it has none. */
  readonly numberOf: (record: Value) => number | undefined;
  /** The text of a record's line. */
  readonly lineOf: (record: Value) => string;
}

/** Numbers of lines by their text. */
export function numbersByText({ records, lineOf }: ReferenceLines): ReadonlyMap<string, number> {
  return new Map(records.map((record, number) => [lineOf(record), number]));
}

export interface CompleteRun {
  readonly sinks: ReadonlyMap<string, ReferenceLines>;
  readonly recordsIn: number;
  /** By operator: records that came to it, and timers and windows that fired. */
  readonly calls: readonly number[];
  readonly lateRecords: number;
  /** The longest call of a `mapAsync`, in ms. */
  readonly longestCallMs: number;
  /** No split has a record behind its own watermark. */
  readonly inBounds: boolean;
  /** Windows drop what is late, and the input breaks its bound: in another order of splits they may drop others, even where none are dropped here. */
  readonly isOneOfSeveral: boolean;
  /** By how much the bound is broken, and where, in a sentence. */
  readonly straggler: string | null;
}

/** State of the job at a cut; valid until the next cut is asked for. */
export interface StateAtCut {
  readonly plan: ReferencePlan;
  /** By operator. */
  readonly watermarks: readonly number[];
  readonly states: readonly OperatorState[];
  /** By split, in the order of `plan.splits`. */
  readonly maxTimestamps: readonly number[];
  /** Records in flight that no sequential run has seen by then, a line each. */
  readonly unseen: readonly string[];
}

/** The position of each split, in the order of `plan.splits`, and which of them count as ended there. */
export interface Cut {
  readonly positions: readonly number[];
  readonly ended: readonly boolean[];
  /** Of a job with `mapAsync`. */
  readonly inFlight?: InFlight;
}

/** What user code threw, or gave that is not data: in which operator, after which record, and where. */
export interface ReferenceFailure {
  readonly sentence: string;
  readonly evidence: readonly string[];
  /** The operator, and the first frame of its code if it threw. */
  readonly place: string;
}

export interface Reference {
  readonly plan: ReferencePlan;
  /** Why there is no reference: user code threw. */
  failure(): ReferenceFailure | null;
  complete(): CompleteRun;
  /** What it writes up to a cut. Splits that count as ended hold back no watermark. */
  upTo(cut: Cut): CompleteRun;
  stateAt(cut: Cut): StateAtCut;
  /** By operator: states that were seen to depend on the order of reading; it grows when a checkpoint seems to be wrong. */
  readonly ofOrder: readonly Map<string, 'unordered' | 'unknown'>[];
}

const known = new WeakMap<OracleContext, Reference>();

/** The reference of a run, made once: it depends on the context alone, and is no part of any state. */
export function referenceOf(context: OracleContext): Reference {
  const made = known.get(context) ?? createReference(context);
  known.set(context, made);
  return made;
}

function createReference(context: OracleContext): Reference {
  const plan = planReference(context.graph, context.program, context.topics, context.varies?.identity, context.call);
  let complete: CompleteRun | null = null;
  let failure: ReferenceFailure | null = null;
  let cursor: CutCursor | null = null;
  let partial: { readonly cut: Cut; readonly run: CompleteRun } | null = null;
  const tryComplete = (): CompleteRun | null => {
    const ran = runCompletely(plan);
    if ('complete' in ran) complete = ran.complete;
    else failure = ran.failure;
    return complete;
  };
  return {
    plan,
    ofOrder: plan.operators.map(() => new Map()),
    complete: () => must(complete ?? tryComplete(), 'the reference of a job whose code does not throw'),
    failure: () => {
      if (complete === null && failure === null) tryComplete();
      return failure;
    },
    upTo: (cut) => {
      if (partial === null || !isSameCut(partial.cut, cut)) partial = { cut, run: runUpTo(plan, cut) };
      return partial.run;
    },
    stateAt: (cut) => {
      if (cursor === null || cut.inFlight !== undefined || !isBehind(cursor, cut)) cursor = createCursor(plan, cut);
      const moved = cursor;
      guarded(() => advanceCursor(moved, cut));
      const { watermarks, states, splits, inFlight } = cursor.run;
      const maxTimestamps = splits.map((split) => split.maxTimestamp);
      return { plan, watermarks, states, maxTimestamps, unseen: unseenRecords(plan, inFlight) };
    },
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

interface Collected {
  readonly numbered: NumberedLines;
  readonly records: Value[];
  readonly counts: number[];
  readonly earliest: number[];
}

type Ran = { readonly complete: CompleteRun } | { readonly failure: ReferenceFailure };

interface Collecting {
  readonly run: ReferenceRun;
  readonly sinks: ReadonlyMap<string, Collected>;
}

function createCollecting(plan: ReferencePlan, cut: Cut | null): Collecting {
  const sinks = new Map<string, Collected>();
  for (const { operator } of plan.operators) {
    if (operator.kind === 'sink')
      sinks.set(operator.sink, { numbered: createNumberedLines(), records: [], counts: [], earliest: [] });
  }
  const run = createReferenceRun(
    plan,
    (sink, value, timestamp) => collect(plan, sinks.get(sink) as Collected, value, timestamp),
    false,
    heldAt(cut),
  );
  return { run, sinks };
}

function runCompletely(plan: ReferencePlan): Ran {
  const collecting = createCollecting(plan, null);
  try {
    guarded(() => runAll(collecting.run, endOf(plan)));
  } catch (error) {
    return { failure: describeFailure(collecting.run, error) };
  }
  return { complete: resultOf(collecting) };
}

/** Of code that does not throw in a whole run. */
function runUpTo(plan: ReferencePlan, cut: Cut): CompleteRun {
  const collecting = createCollecting(plan, cut);
  guarded(() => runAll(collecting.run, cut));
  return resultOf(collecting);
}

function heldAt(cut: Cut | null): HeldBack | null {
  return cut?.inFlight === undefined ? null : heldBackOf(cut.inFlight);
}

/** The cut behind all records. */
function endOf({ splits }: ReferencePlan): Cut {
  return { positions: splits.map(({ records }) => records.length), ended: splits.map(() => true) };
}

function isSameCut(a: Cut, b: Cut): boolean {
  const isSamePlace = a.positions.join() === b.positions.join() && a.ended.join() === b.ended.join();
  return isSamePlace && a.inFlight === b.inFlight;
}

function resultOf({ run, sinks }: Collecting): CompleteRun {
  const { plan } = run;
  const lines = [...sinks].map(([sink, collected]) => [sink, seal(plan, collected)] as const);
  return {
    sinks: new Map(lines),
    recordsIn: sum(run.splits.map((split) => split.position)),
    calls: run.calls,
    lateRecords: run.lateRecords,
    longestCallMs: run.longestCallMs,
    inBounds: run.outOfBounds === 0,
    isOneOfSeveral:
      run.outOfBounds > 0 && plan.operators.some(({ operator }) => REFERENCE_KINDS[operator.kind].dropsLate),
    straggler: describeStraggler(run),
  };
}

function describeStraggler({ plan, farthestBehind }: ReferenceRun): string | null {
  if (farthestBehind === null) return null;
  const { split, position, behindMs } = farthestBehind;
  const { operator, split: number, outOfOrdernessMs } = plan.splits[split] as ReferencePlan['splits'][number];
  return `record ${position} of ${operator}/${number} lies ${behindMs} ms behind one that was read before it, and outOfOrdernessMs of ${operator} is ${outOfOrdernessMs}`;
}

function runAll(run: ReferenceRun, { positions, ended }: Cut): void {
  // An empty split has no record to wait for: it must not hold back the others from the start.
  for (const [split, planned] of run.plan.splits.entries()) if (isEndAt(planned, 0)) endSplit(run, split);
  runTo(run, positions);
  for (const [split, isEnded] of ended.entries()) if (isEnded) endSplit(run, split);
}

function describeFailure({ plan, splits, reading, calling }: ReferenceRun, thrown: unknown): ReferenceFailure {
  const { kind, id } = (plan.operators[calling] as ReferencePlan['operators'][number]).operator;
  const { operator, split, records } = plan.splits[reading] as ReferencePlan['splits'][number];
  const position = (splits[reading] as ReferenceRun['splits'][number]).position - 1;
  const record = records[position];
  const text = record === undefined ? '' : `: ${cutText(textOf(record))}`;
  const after = `after record ${position} of ${operator}/${split}${text}`;
  if (thrown instanceof BadOutput)
    return {
      sentence: `the job's own code ${thrown.deed}, in ${kind} "${id}": ${thrown.message}`,
      evidence: [after],
      place: `${id} ${thrown.deed}`,
    };
  const message = messageOf(thrown);
  const evidence = [after, ...hintOf(message), ...stackLines(thrown)];
  const place = `${id} ${stackLines(thrown, 1)[0] ?? ''}`;
  return { sentence: `the job's own code throws, in ${kind} "${id}": ${message}`, evidence, place };
}

/** What people are told who changed data in place. */
function hintOf(message: string): readonly string[] {
  const changesData = /read only property|not extensible|Cannot delete property/.test(message);
  return changesData ? ['records and state never change: return a new value, or give one to `update`'] : [];
}

function collect(plan: ReferencePlan, { numbered, records, counts, earliest }: Collected, record: Value, at: number) {
  const line = plan.comparedOf(record);
  const number = findLine(numbered, line);
  if (number < 0) {
    addLine(numbered, line);
    records.push(record);
    counts.push(1);
    earliest.push(at);
    return;
  }
  counts[number] = (counts[number] as number) + 1;
  earliest[number] = Math.min(earliest[number] as number, at);
}

function seal({ comparedOf, lineOf }: ReferencePlan, collected: Collected): ReferenceLines {
  const { numbered, records, counts, earliest } = collected;
  return {
    records,
    counts: Uint32Array.from(counts),
    earliest: Float64Array.from(earliest),
    total: sum(counts),
    lineOf,
    numberOf: (record) => {
      const number = findLine(numbered, comparedOf(record));
      return number < 0 ? undefined : number;
    },
  };
}

/** A run that is moved from cut to cut; cuts of one world mostly come in order. */
interface CutCursor {
  readonly run: ReferenceRun;
  positions: readonly number[];
  ended: readonly boolean[];
}

function createCursor(plan: ReferencePlan, cut: Cut): CutCursor {
  const run = createReferenceRun(plan, () => undefined, false, heldAt(cut));
  return { run, positions: plan.splits.map(() => 0), ended: plan.splits.map(() => false) };
}

function isBehind(cursor: CutCursor, cut: Cut): boolean {
  return cut.positions.every((position, split) => {
    const before = cursor.positions[split] as number;
    return cursor.ended[split] === true ? position === before && cut.ended[split] === true : position >= before;
  });
}

function advanceCursor(cursor: CutCursor, cut: Cut): void {
  runTo(cursor.run, cut.positions);
  for (const [split, ended] of cut.ended.entries()) if (ended) endSplit(cursor.run, split);
  cursor.positions = cut.positions;
  cursor.ended = cut.ended;
}

/** What of the state of checkpoints the reference could not judge, and why: one sentence for each state. */
export function unjudgedStates(context: OracleContext): readonly string[] {
  const { varies } = context;
  if (varies !== undefined)
    return [
      `code of operator "${varies.operator}" does not give the same result each time: output was compared by its identity, state of checkpoints by its keys`,
    ];
  const { ofOrder, plan } = known.get(context) ?? { ofOrder: [], plan: null };
  return ofOrder.flatMap((states, index) =>
    [...states].map(([name, dependence]) => {
      const of = `${name} of operator "${plan?.operators[index]?.operator.id ?? ''}"`;
      const how = dependence === 'unordered' ? 'were compared without that order' : 'were not compared';
      return `${of} depends on the order in which records meet: its values in checkpoints ${how}`;
    }),
  );
}
