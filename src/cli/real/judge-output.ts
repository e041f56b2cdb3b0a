// Compares what a job committed with a sequential run of it, record for record, and with the check of the scenario, if it has one.
import { asReadFromJson } from '../../core/base/json-value.ts';
import type { Value } from '../../core/base/value.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { callScenario } from '../../scenario/scenario-mistake.ts';
import type { OracleContext } from '../../sim/oracles/context.ts';
import { judgementOf } from '../../sim/oracles/exact.ts';
import { mistakeOfJob } from '../../sim/oracles/own-code.ts';
import { referenceOf, type CompleteRun, type Reference, type ReferenceLines } from '../../sim/oracles/reference.ts';
import { messageOf } from '../../core/base/stack-lines.ts';
import { firstLines, textOf, timesText } from '../../sim/oracles/text.ts';
import type { OutputSpan } from './jobs/span.ts';

export interface OutputVerdict {
  /** What is wrong, or null. */
  readonly sentence: string | null;
  readonly evidence: readonly string[];
}

export type Committed = Readonly<Record<string, readonly Value[]>>;

/** What a job left in its sinks. */
export interface JobOutput {
  readonly context: OracleContext;
  readonly span: OutputSpan;
  /** Its own, by sink. */
  readonly committed: Committed;
}

export function judgeOutput(scenario: Pick<Scenario, 'name'>, output: JobOutput): OutputVerdict {
  const { context, span, committed } = output;
  const mistake = findMistake(context); // a run may well pass in spite of it, as processes let a job read a clock
  if (mistake !== null) return mistake;
  const byReference = context.reference ? judgeByReference(output) : right;
  if (byReference.sentence !== null) return byReference;
  const { check, topics } = context;
  if (check === undefined || span.to !== null) return right; // a check is of the whole output
  const wrong = callScenario(scenario, 'check', () => judgementOf(check, topics, Object.values(committed).flat()));
  return wrong === null ? right : { sentence: `the check of the scenario says: ${wrong}`, evidence: [] };
}

const right: OutputVerdict = { sentence: null, evidence: [] };

function judgeByReference({ context, span, committed }: JobOutput): OutputVerdict {
  const reference = referenceOf(context);
  const before = span.from === null ? null : reference.upTo(span.from);
  const expected = runTo(reference, span);
  if (!('sinks' in expected)) return expected;
  for (const [sink, lines] of expected.sinks) {
    const verdict = judgeSink(sink, countsOf(lines, before?.sinks.get(sink)), committed[sink] ?? []);
    if (verdict.sentence !== null) return verdict;
  }
  return right;
}

/** A job whose own code fails has no checkpoint behind the record at which it does. */
function runTo(reference: Reference, { to }: OutputSpan): CompleteRun | OutputVerdict {
  if (to === null) return reference.complete();
  try {
    return reference.upTo(to);
  } catch (thrown) {
    const sentence = 'it has a checkpoint behind a record at which its own code fails';
    return { sentence, evidence: [messageOf(thrown)] };
  }
}

export interface Mistake {
  readonly sentence: string;
  readonly evidence: readonly string[];
}

/** What throws in a sequential run fails its task in any run, for ever: such a job has no end. */
export function findMistake(context: OracleContext): Mistake | null {
  return mistakeOfJob(context);
}

/** How often each line is to be there: what was written before the start of the job is not its own. */
function countsOf(lines: ReferenceLines, before: ReferenceLines | undefined): ReadonlyMap<string, number> {
  const counts = countsByLine(lines);
  for (const [text, count] of before === undefined ? [] : countsByLine(before)) {
    const own = countOf(counts, text) - count;
    if (own > 0) counts.set(text, own);
    else counts.delete(text);
  }
  return counts;
}

/** A file does not say whether a number is an int64. */
function countsByLine({ records, counts }: ReferenceLines): Map<string, number> {
  const byLine = new Map<string, number>();
  for (const [number, record] of records.entries()) add(byLine, lineOf(record), counts[number]!);
  return byLine;
}

function lineOf(record: Value): string {
  return textOf(asReadFromJson(record));
}

function judgeSink(sink: string, expected: ReadonlyMap<string, number>, records: readonly Value[]): OutputVerdict {
  const counts = new Map<string, number>();
  for (const record of records) add(counts, lineOf(record), 1);
  const surplus = [...counts.keys()].filter((text) => countOf(counts, text) > countOf(expected, text));
  const missing = [...expected.keys()].filter((text) => countOf(counts, text) < countOf(expected, text));
  if (surplus.length === 0 && missing.length === 0) return right;
  const line = (text: string): string =>
    `${text}: committed ${timesText(countOf(counts, text))}, by a sequential run ${timesText(countOf(expected, text))}`;
  return {
    sentence: `sink ${sink} holds ${surplus.length} lines too often, and ${missing.length} too seldom`,
    evidence: firstLines([...surplus, ...missing].map(line)),
  };
}

function add(counts: Map<string, number>, text: string, count: number): void {
  counts.set(text, countOf(counts, text) + count);
}

function countOf(counts: ReadonlyMap<string, number>, text: string): number {
  return counts.get(text) ?? 0;
}

/** Lines that differ. */
export function countGroups(committed: Committed): number {
  return new Set(
    Object.entries(committed).flatMap(([sink, values]) => values.map((value) => `${sink} ${textOf(value)}`)),
  ).size;
}
