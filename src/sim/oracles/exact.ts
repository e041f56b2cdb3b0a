// O-exact: what the sinks hold is what a sequential run writes. During the run no line is committed more often than the reference has it,
// which is judged at each commit; at the end nothing is missing. Of a job that was stopped that run ends where its savepoint does, without firing what the
// savepoint holds, or, drained, with all windows and timers. A scenario without a reference has a check of its own for the end.
import { asReadFromJson, int64AsText } from '../../core/base/json-value.ts';
import type { Value } from '../../core/base/value.ts';
import { CHECKPOINTS_PREFIX, JOB_PREFIX, RESULT_PREFIX } from '../../core/protocol/ha-keys.ts';
import type { SnapshotHandle } from '../../core/protocol/messages.ts';
import { absorbPromise } from '../../scenario/code/absorb.ts';
import type { CommittedTransaction } from '../cluster/services/sink.ts';
import type { EvidenceLine, Oracle, Violate, WorldView } from '../observation.ts';
import { messageOf, stackLines } from '../../core/base/stack-lines.ts';
import { sinksOfJob, type OracleContext } from './context.ts';
import { isToBeDrained, metadataBehind, readPointers, readResult } from './decode.ts';
import { aboutTransaction, line } from './evidence.ts';
import { originIn, type Origin } from './origin.ts';
import { guardedMistake, mistakeOfJob, OWN_CODE } from './own-code.ts';
import { orderNote } from './orders.ts';
import {
  referenceOf,
  type CompleteRun,
  type Cut,
  type Reference,
  type ReferenceFailure,
  type ReferenceLines,
} from './reference.ts';
import type { ReferencePlan } from './reference-plan.ts';
import { cutOf } from './restored-state.ts';
import { savepointsIn } from './savepoint-files.ts';
import { haWriteOf, isKeyOf, sinkCommitOf, type RequestOf } from './seen.ts';
import { sinksOf, storageOf } from './service-views.ts';
import { cutText, firstLines, timesText } from './text.ts';

export interface ExactState {
  /** By sink: committed transactions judged so far, and the count of each line, by its number in the reference. */
  readonly sinks: Map<string, { judged: number; readonly counts: Uint32Array }>;
  /** The job's record says that it is to be drained. */
  drained: boolean;
  /** Up to where the output goes of a job that was stopped; null: to the end of its input. */
  cut: Cut | null;
  /** Where it starts, by split of the reference's plan; null: from nothing. What was written before is not the job's. */
  start: Cut | null;
  /** The job's durable result says FINISHED. */
  finished: boolean;
  /** Errors that the job's own code threw, and that a sequential run was asked about. */
  throws: number;
}

/** @param jobs all of the run; a sink that is none of theirs is the affair of the first. */
export function exactOracle(context: OracleContext, jobs: readonly OracleContext[] = [context]): Oracle<ExactState> {
  const others = jobs.filter((job) => job !== context);
  const ofOthers = new Set(others.flatMap((job) => [...sinksOfJob(job)]));
  const own = sinksOfJob(context);
  const isOwn = ({ sink, transaction }: RequestOf<'sink-commit'>): boolean => {
    if (others.some((job) => isOfJob(job, transaction))) return false;
    return own.has(sink) || (jobs[0] === context && !ofOthers.has(sink));
  };
  return {
    name: 'O-exact',
    create: () => ({ sinks: new Map(), drained: false, cut: null, start: null, finished: false, throws: 0 }),
    observe: (state, seen, view, violate) => {
      if (seen.kind === 'stepped') judgeStep(state, context, violate);
      if (seen.kind === 'faults-stopped') blame(mistakeOfJob(context), violate);
      if (seen.kind !== 'applied') return;
      const write = haWriteOf(seen);
      if (write !== null && write.value !== null) onWrite(state, context, write.key, write.value, view, violate);
      if (context.reference) noteStart(state, context, originIn(context, seen, view), view);
      const commit = sinkCommitOf(seen);
      if (commit !== null && context.reference && isOwn(commit))
        judgeCommits(state, context, commit.sink, view, violate);
    },
    finish: (state, view, violate) => {
      if (!state.finished) return;
      if (context.reference) judgeEnd(state, context, view, violate);
      if (context.check !== undefined && state.cut === null) judgeByCheck(context, view, violate);
    },
  };
}

/** A job and the one that follows it write to the same sinks. */
function isOfJob({ jobId }: OracleContext, transaction: string): boolean {
  return transaction.startsWith(`${jobId}/`);
}

function noteStart(state: ExactState, context: OracleContext, origin: Origin | null, view: WorldView): void {
  if (origin === null || referenceOf(context).failure() !== null) return;
  const cut = cutOf(referenceOf(context).plan, origin.content, storageOf(view).blobs, false);
  if (typeof cut !== 'string') state.start = cut;
}

function onWrite(
  state: ExactState,
  context: OracleContext,
  key: string,
  value: Uint8Array,
  view: WorldView,
  violate: Violate,
): void {
  const { jobId } = context;
  if (isKeyOf(JOB_PREFIX, jobId, key)) state.drained ||= isToBeDrained(value);
  else if (isKeyOf(CHECKPOINTS_PREFIX, jobId, key)) noteFinalCheckpoint(state, context, value, view);
  else if (isKeyOf(RESULT_PREFIX, jobId, key)) noteResult(state, context, value, view, violate);
}

/** Of a job that is drained: its windows fire with what they have, and tasks commit that behind this checkpoint. */
function noteFinalCheckpoint(state: ExactState, context: OracleContext, value: Uint8Array, view: WorldView): void {
  const pointers = state.drained ? readPointers(value) : null;
  const latest = pointers?.ok === true ? pointers.value.completed.at(-1) : undefined;
  if (latest?.final === true) cutBehind(state, context, latest.metadata, view);
}

/** Once its result is durable the sinks of a job that was stopped hold what the savepoint covers, no more and no less. */
function noteResult(
  state: ExactState,
  context: OracleContext,
  value: Uint8Array,
  view: WorldView,
  violate: Violate,
): void {
  const result = readResult(value);
  if (state.finished || !result.ok || result.value.status !== 'FINISHED') return;
  state.finished = true;
  const { savepointId } = result.value;
  const savepoint = savepointsIn(view, context.jobId).find((one) => one.savepointId === savepointId);
  if (savepoint === undefined) return; // that it is there is the affair of O-life
  cutBehind(state, context, savepoint.metadata, view);
  if (state.drained && state.cut !== null) state.cut = { ...state.cut, ended: state.cut.ended.map(() => true) };
  if (context.reference) judgeEnd(state, context, view, violate);
}

/** From here on the output ends at the cut of this checkpoint: what was committed so far is judged again. */
function cutBehind(state: ExactState, context: OracleContext, handle: SnapshotHandle, view: WorldView): void {
  if (!context.reference || referenceOf(context).failure() !== null) return;
  const { plan } = referenceOf(context);
  const metadata = metadataBehind(handle, storageOf(view).blobs);
  const cut = metadata.ok ? cutOf(plan, metadata.value, storageOf(view).blobs, state.drained) : metadata.reason;
  if (typeof cut === 'string') return; // of O-store and O-restore
  state.cut = cut;
  state.sinks.clear();
}

/** What a sequential run writes, as far as the job goes. */
function expectedOf({ cut }: ExactState, context: OracleContext): CompleteRun {
  const reference = referenceOf(context);
  return cut === null ? reference.complete() : reference.upTo(cut);
}

function judgeCommits(
  state: ExactState,
  context: OracleContext,
  sink: string,
  view: WorldView,
  violate: Violate,
): void {
  const reference = referenceOf(context);
  if (reference.failure() !== null) return blame(mistakeOfJob(context), violate);
  const committed = sinksOf(view).sinks.get(sink)?.committed ?? [];
  const lines = expectedOf(state, context).sinks.get(sink);
  if (lines === undefined)
    return violate('unknown-sink', `sink ${sink} is not one of the job's, but records were committed to it`, []);
  const tally = tallyOf(state, context, sink, lines);
  for (; tally.judged < committed.length; tally.judged += 1) {
    const { transaction, records } = committed[tally.judged] as CommittedTransaction;
    if (!isJudgedHere(context, transaction)) continue;
    const surplus = countRecords(tally.counts, lines, records);
    const [first] = surplus;
    if (first === undefined) continue;
    const rule = first.expected === 0 ? 'surplus' : 'duplicated';
    return violate(rule, `sink ${sink} holds ${describeSurplus(first)}${andOthers(surplus.length)}`, [
      ...committersOf(reference.plan, first, committed, tally.judged),
      ...firstLines(surplus.map(surplusLine)),
      ...doubts(reference),
    ]);
  }
}

/** At once: a job whose own code fails would be restarted until the bound of its liveness has passed. */
function judgeStep(state: ExactState, context: OracleContext, violate: Violate): void {
  const { code } = context;
  if (code === undefined || (code.mistake === null && code.throws === state.throws)) return;
  const failure = code.mistake === null ? mistakeOfJob(context) : guardedMistake(context);
  state.throws = code.throws;
  blame(failure, violate);
}

function blame(failure: ReferenceFailure | null, violate: Violate): void {
  if (failure !== null) violate(OWN_CODE, failure.sentence, failure.evidence, { place: failure.place });
}

/** Of a job that shares its sinks with the one that it follows, or that follows it: its own. */
function isJudgedHere(context: OracleContext, transaction: string): boolean {
  return context.sharesSinks !== true || isOfJob(context, transaction);
}

function tallyOf(
  state: ExactState,
  context: OracleContext,
  sink: string,
  lines: ReferenceLines,
): { judged: number; readonly counts: Uint32Array } {
  let tally = state.sinks.get(sink);
  if (tally === undefined)
    state.sinks.set(sink, (tally = { judged: 0, counts: countsAtStart(state, context, sink, lines) }));
  return tally;
}

/** What a sequential run has written up to where the job starts counts as written. */
function countsAtStart(
  { start }: ExactState,
  context: OracleContext,
  sink: string,
  lines: ReferenceLines,
): Uint32Array {
  const counts = new Uint32Array(lines.counts.length);
  if (start === null) return counts;
  const before = referenceOf(context).upTo(start).sinks.get(sink);
  for (const [own, record] of (before?.records ?? []).entries()) {
    const number = lines.numberOf(record);
    if (number !== undefined) counts[number] = before?.counts[own] ?? 0;
  }
  return counts;
}

/** A committed record that is one too many. */
interface Surplus {
  readonly text: string;
  readonly count: number;
  readonly expected: number;
}

/** Counts committed records; says which of them are too many. */
function countRecords(counts: Uint32Array, lines: ReferenceLines, records: readonly Value[]): readonly Surplus[] {
  const surplus: Surplus[] = [];
  for (const record of records) {
    const number = lines.numberOf(record);
    if (number === undefined) {
      surplus.push({ text: lines.lineOf(record), count: 1, expected: 0 });
      continue;
    }
    const count = (counts[number] as number) + 1;
    const expected = lines.counts[number] as number;
    counts[number] = count;
    if (count > expected) surplus.push({ text: lines.lineOf(record), count, expected });
  }
  return surplus;
}

function describeSurplus({ text, count, expected }: Surplus): string {
  return expected === 0
    ? `${cutText(text)}, which a sequential run never writes`
    : `${cutText(text)} ${timesText(count)}, which a sequential run writes ${timesText(expected)}`;
}

function andOthers(count: number): string {
  return count === 1 ? '' : ` (the first of ${count} records too many)`;
}

function surplusLine({ text, count, expected }: Surplus): string {
  return expected === 0
    ? `surplus: ${text} (never in the reference)`
    : `duplicated: ${text} (committed ${count} times, reference ${expected})`;
}

/** Who committed it, and who had before. */
function committersOf(
  { lineOf }: ReferencePlan,
  { text }: Surplus,
  committed: readonly CommittedTransaction[],
  judged: number,
): readonly EvidenceLine[] {
  const before = committed.slice(0, judged).filter(({ records }) => records.some((record) => lineOf(record) === text));
  const by = (committed[judged] as CommittedTransaction).transaction;
  const names = [...before.map(({ transaction }) => transaction), by];
  const whom = before.length === 0 ? by : `${names.slice(0, -1).join(', ')}, then by ${by}`;
  return [line(`committed by ${whom}`, ...names.map(aboutTransaction))];
}

function judgeEnd(state: ExactState, context: OracleContext, view: WorldView, violate: Violate): void {
  const reference = referenceOf(context);
  if (reference.failure() !== null) return blame(reference.failure(), violate);
  for (const [sink, lines] of expectedOf(state, context).sinks) {
    judgeCommits(state, context, sink, view, violate);
    const { counts } = tallyOf(state, context, sink, lines);
    const missing = missingLines(counts, lines);
    const [first] = missing;
    if (first === undefined) continue;
    const total = missing.reduce((sum, line) => sum + line.missing, 0);
    const evidence = firstLines(
      missing.map((line) => `missing: ${line.text} (committed ${line.count} times, reference ${line.expected})`),
    );
    return violate(
      'missing',
      `the job is FINISHED, but sink ${sink} lacks ${cutText(first.text)} (missing: ${total} of ${lines.total} records)`,
      [...evidence, ...doubts(reference)],
    );
  }
}

interface MissingLine {
  readonly text: string;
  readonly count: number;
  readonly expected: number;
  readonly missing: number;
}

function missingLines(counts: Uint32Array, lines: ReferenceLines): readonly MissingLine[] {
  const missing: MissingLine[] = [];
  for (let number = 0; number < counts.length; number++) {
    const expected = lines.counts[number] as number;
    const count = counts[number] as number;
    if (count >= expected) continue;
    const text = lines.lineOf(lines.records[number] as Value);
    missing.push({ text, count, expected, missing: expected - count });
  }
  return missing;
}

/** Why the reference may be wrong, and not the run. */
function doubts(reference: Reference): readonly string[] {
  return reference.complete().isOneOfSeveral ? lateNote(reference) : orderNote(reference);
}

/** Which records are late depends on the order of splits, once the input breaks its bound: then the reference is one of several outcomes. */
function lateNote(reference: Reference): readonly string[] {
  const { lateRecords, straggler } = reference.complete();
  const dropped =
    lateRecords === 0 ? 'no late record' : `${lateRecords} late ${lateRecords === 1 ? 'record' : 'records'}`;
  return [
    `the input breaks its bound of out-of-orderness: ${straggler}`,
    `the sequential run dropped ${dropped}, and another order of splits may drop others: such a job needs a larger bound, or a check of its own`,
  ];
}

/**
 * What a scenario's own check says, of records as they are read from the files of a sink, in a simulated run too. Nobody compiled its file, so the answer may
 * be anything: only null is a pass.
 */
export function judgementOf(
  check: OracleContext['check'],
  topics: OracleContext['topics'],
  committed: readonly Value[],
): string | null {
  const answer: unknown = check === undefined ? null : check(topics, committed.map(asReadFromJson));
  if (answer === null || typeof answer === 'string') return answer;
  const found = absorbPromise(answer) ? 'a promise' : (JSON.stringify(answer, int64AsText) ?? typeof answer);
  return `the scenario's own check answered ${found}: expected null, or a sentence that says what is wrong`;
}

function judgeByCheck(context: OracleContext, view: WorldView, violate: Violate): void {
  const own = sinksOfJob(context);
  const committed = [...sinksOf(view).sinks].flatMap(([name, sink]) =>
    own.has(name) ? sink.committed.flatMap((transaction) => transaction.records) : [],
  );
  try {
    const problem = judgementOf(context.check, context.topics, committed);
    if (problem !== null) violate('check', problem, []);
  } catch (error) {
    const evidence = stackLines(error);
    violate('check-throws', `the scenario's own check throws: ${messageOf(error)}`, evidence, {
      place: evidence[0] ?? '',
    });
  }
}
