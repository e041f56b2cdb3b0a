// Topics whose sources declare what each record is: records as their schemas have them, or the first one that does not fit. Real processes say the same
// of the files that are written of them.
import type { Value } from '../core/base/value.ts';
import { fitOf, fitted, type Fit } from '../core/columns/fit.ts';
import { describeType } from '../core/columns/schema.ts';
import type { SourceOperator } from '../core/graph/job-graph.ts';
import { jobsOf } from './jobs.ts';
import { ScenarioMistake } from './scenario-mistake.ts';
import type { Scenario, Topic } from './scenario.ts';

type Topics = Readonly<Record<string, Topic>>;

/** Throws a mistake of the scenario that names the record and its field. */
export function fittedTopics(scenario: Scenario, topics: Topics): Topics {
  const fits = fitsOf(scenario);
  if (fits.size === 0) return topics;
  const pairs = Object.entries(topics).map(([name, topic]) => {
    const fit = fits.get(name);
    return [name, fit === undefined ? topic : fittedTopic(scenario, name, topic, fit)];
  });
  return Object.fromEntries(pairs) as Topics;
}

function fitsOf(scenario: Scenario): ReadonlyMap<string, Fit> {
  const first = new Map<string, SourceOperator>();
  const fits = new Map<string, Fit>();
  for (const operator of jobsOf(scenario).flatMap(({ job }) => job.graph.operators)) {
    if (operator.kind !== 'source') continue;
    const { topic, schema } = operator;
    const other = first.get(topic) ?? operator;
    if (textOf(other) !== textOf(operator))
      throw new ScenarioMistake(
        `scenario "${scenario.name}": the topic "${topic}" is read with ${textOf(other)} and with ${textOf(operator)}`,
      );
    if (schema !== undefined && !first.has(topic)) fits.set(topic, fitOf(schema));
    first.set(topic, operator);
  }
  return fits;
}

function textOf({ schema }: SourceOperator): string {
  return schema === undefined ? 'no schema' : `the schema ${describeType(schema)}`;
}

function fittedTopic(scenario: Scenario, name: string, topic: Topic, fit: Fit): Topic {
  const splits = topic.splits.map((records, split) =>
    records.map((record, index) =>
      fittedRecord(fit, record, `record ${index} of split ${split} of topic "${name}"`, scenario),
    ),
  );
  return { ...topic, splits };
}

function fittedRecord(fit: Fit, record: Value, place: string, scenario: Scenario): Value {
  const found = fitted(fit, record);
  if (found.ok) return found.value;
  throw new ScenarioMistake(`scenario "${scenario.name}": ${place} does not fit its schema: ${found.reason}`);
}
