// Compares what a job committed with a sequential run of it, record for record, and with the check of the scenario, if it has one.
import type { Value } from '../../core/base/value.ts';
import type { Scenario, Topic } from '../../scenario/scenario.ts';
import { callScenario } from '../../scenario/scenario-mistake.ts';
import type { OracleContext } from '../../sim/oracles/context.ts';
import { judgementOf } from '../../sim/oracles/exact.ts';
import { mistakeOfJob } from '../../sim/oracles/own-code.ts';
import { referenceOf, type ReferenceLines } from '../../sim/oracles/reference.ts';
import { firstLines, textOf, timesText } from '../../sim/oracles/text.ts';

export interface OutputVerdict {
  /** What is wrong, or null. */
  readonly sentence: string | null;
  readonly evidence: readonly string[];
}

export type Committed = Readonly<Record<string, readonly Value[]>>;

export function judgeOutput(
  scenario: Scenario,
  topics: Readonly<Record<string, Topic>>,
  context: OracleContext,
  committed: Committed,
): OutputVerdict {
  const mistake = findMistake(context); // a run may well pass in spite of it, as processes let a job read a clock
  if (mistake !== null) return mistake;
  const byReference = scenario.reference ? judgeByReference(context, committed) : right;
  if (byReference.sentence !== null) return byReference;
  const { check } = scenario;
  if (check === undefined) return right;
  const wrong = callScenario(scenario, 'check', () => judgementOf(check, topics, Object.values(committed).flat()));
  return wrong === null ? right : { sentence: `the check of the scenario says: ${wrong}`, evidence: [] };
}

const right: OutputVerdict = { sentence: null, evidence: [] };

function judgeByReference(context: OracleContext, committed: Committed): OutputVerdict {
  const reference = referenceOf(context);
  for (const [sink, lines] of reference.complete().sinks) {
    const verdict = judgeSink(sink, lines, committed[sink] ?? []);
    if (verdict.sentence !== null) return verdict;
  }
  return right;
}

export interface Mistake {
  readonly sentence: string;
  readonly evidence: readonly string[];
}

/** What throws in a sequential run fails its task in any run, for ever: such a job has no end. */
export function findMistake(context: OracleContext): Mistake | null {
  return mistakeOfJob(context);
}

function judgeSink(sink: string, reference: ReferenceLines, records: readonly Value[]): OutputVerdict {
  const expected = new Map<string, number>();
  for (const [text, number] of reference.numbers)
    add(expected, text.replaceAll(MINUS_ZERO, '0'), reference.counts[number]!);
  const counts = new Map<string, number>();
  for (const record of records) add(counts, textOf(record), 1);
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

const MINUS_ZERO = /(?<=^|[[,:])-0(?=$|[\],}])/g; // JSON, in which files hold records, knows one zero only

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
