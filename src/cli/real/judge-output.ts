// Compares what a job committed with a sequential run of it, record for record, and with the check of the scenario, if it has one.
import type { Value } from '../../core/base/value.ts';
import type { Scenario, Topic } from '../../sim/cluster/run-types.ts';
import { callScenario } from '../../sim/cluster/scenario-mistake.ts';
import type { OracleContext } from '../../sim/oracles/context.ts';
import { referenceOf, type ReferenceLines } from '../../sim/oracles/reference.ts';
import { firstLines, textOf } from '../../sim/oracles/text.ts';

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
  const byReference = scenario.reference ? judgeByReference(context, committed) : right;
  if (byReference.sentence !== null) return byReference;
  const { check } = scenario;
  if (check === undefined) return right;
  const wrong = callScenario(scenario, 'check', () => check(topics, Object.values(committed).flat()));
  return wrong === null ? right : { sentence: `the check of the scenario says: ${wrong}`, evidence: [] };
}

const right: OutputVerdict = { sentence: null, evidence: [] };

function judgeByReference(context: OracleContext, committed: Committed): OutputVerdict {
  const reference = referenceOf(context);
  const failure = reference.failure();
  if (failure !== null) return { sentence: `the job's own code throws: ${String(failure.thrown)}`, evidence: [] };
  for (const [sink, lines] of reference.complete().sinks) {
    const verdict = judgeSink(sink, lines, committed[sink] ?? []);
    if (verdict.sentence !== null) return verdict;
  }
  return right;
}

function judgeSink(sink: string, reference: ReferenceLines, records: readonly Value[]): OutputVerdict {
  const counts = new Map<string, number>();
  for (const record of records) {
    const text = textOf(record);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const expectedOf = (text: string): number => {
    const number = reference.numbers.get(text);
    return number === undefined ? 0 : (reference.counts[number] ?? 0);
  };
  const surplus = [...counts].filter(([text, count]) => count > expectedOf(text));
  const missing = [...reference.numbers.keys()].filter((text) => (counts.get(text) ?? 0) < expectedOf(text));
  if (surplus.length === 0 && missing.length === 0) return right;
  const line = (text: string): string =>
    `${text}: committed ${counts.get(text) ?? 0} times, by a sequential run ${expectedOf(text)} times`;
  return {
    sentence: `sink ${sink} holds ${surplus.length} lines too often, and ${missing.length} too seldom`,
    evidence: firstLines([...surplus.map(([text]) => line(text)), ...missing.map(line)]),
  };
}

/** Lines that differ. */
export function countGroups(committed: Committed): number {
  return new Set(
    Object.entries(committed).flatMap(([sink, values]) => values.map((value) => `${sink} ${textOf(value)}`)),
  ).size;
}
