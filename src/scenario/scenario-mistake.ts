// What is wrong with a scenario only shows when its input is made: it throws, or gives what the job does not read.
import { unknownName } from '../core/base/options.ts';
import { isNameOfFolder, NAME_OF_FOLDER } from '../core/graph/field-rules.ts';
import { describeInt64, describeLostInJson } from '../core/base/json-value.ts';
import { absorbPromise } from './code/absorb.ts';
import { describeNonValue } from '../core/base/value.ts';
import type { Value } from '../core/base/value.ts';
import type { JobDefinition } from '../core/graph/define-job.ts';
import { messageOf, stackLines } from '../core/base/stack-lines.ts';
import { jobsOf } from './jobs.ts';
import type { Scenario, Topic } from './scenario.ts';

/** A mistake of the scenario's author, in one sentence; no bug of Millrace. */
export class ScenarioMistake extends Error {
  override readonly name = 'ScenarioMistake';
}

/** Something of the scenario that is another thing the next time: what it proves cannot be had again. */
export class NotRepeatable extends Error {
  override readonly name = 'NotRepeatable';
}

/** Calls something of the scenario's own. What it throws becomes a mistake that says where. */
export function callScenario<T>(scenario: Pick<Scenario, 'name'>, what: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    const [place] = stackLines(error, 1);
    throw new ScenarioMistake(
      `scenario "${scenario.name}": its ${what} throws: ${messageOf(error)}${place === undefined ? '' : `, ${place}`}`,
    );
  }
}

/** Throws unless the input gives every source of the jobs its topic, with as many splits as it reads. */
export function checkInput(scenario: Scenario, topics: unknown): void {
  for (const { job } of jobsOf(scenario)) {
    const mistake = inputMistake(job, topics);
    if (mistake !== null) throw new ScenarioMistake(`scenario "${scenario.name}": ${mistake}`);
  }
}

function inputMistake({ graph }: JobDefinition, topics: unknown): string | null {
  if (absorbPromise(topics)) return 'its input gave a promise, expected topics by name';
  if (typeof topics !== 'object' || topics === null) return 'its input returns no topics by name';
  const names = Object.keys(topics);
  const path = names.find((name) => !isNameOfFolder(name));
  if (path !== undefined)
    return `its input names a topic ${JSON.stringify(path)}: names of topics are ${NAME_OF_FOLDER}, as they name folders`;
  for (const operator of graph.operators) {
    if (operator.kind !== 'source') continue;
    const { topic: topicName, splits } = operator;
    if (!names.includes(topicName))
      return `source "${operator.id}" reads the ${unknownName('topic', topicName, names)}`;
    const topic = (topics as Readonly<Record<string, Topic>>)[topicName];
    if (!isTopic(topic))
      return `topic "${topicName}" of its input is not { splits: [[record, …], …], endless, fromMs: [ms, …] }, of which only splits is needed`;
    if (topic.splits.length !== splits)
      return `source "${operator.id}" reads ${splits} splits of topic "${topicName}", and the input gives ${topic.splits.length}`;
    const mistake = recordMistake(topicName, topic, operator.schema !== undefined);
    if (mistake !== null) return mistake;
  }
  return null;
}

/** Records that were found to be data: most inputs share them from run to run, and data never changes. */
const knownData = new WeakSet<object>();
/** The same, but for int64s: a schema says where they are. */
const knownDeclared = new WeakSet<object>();

function recordMistake(name: string, { splits }: Topic, isDeclared: boolean): string | null {
  const known = isDeclared ? knownDeclared : knownData;
  for (const [split, records] of splits.entries()) {
    for (const [index, record] of records.entries()) {
      if (isKnown(record, known)) continue;
      const problem = problemOf(record, isDeclared);
      if (problem !== null) return `record ${index} of split ${split} of topic "${name}" ${problem}`;
      if (typeof record === 'object' && record !== null) known.add(record);
    }
  }
  return null;
}

function problemOf(record: Value, isDeclared: boolean): string | null {
  const notData = describeNonValue(record);
  if (notData !== null) return `is not data: ${notData}`;
  const lost = describeLostInJson(record);
  if (lost !== null) return `holds ${lost}, which JSON cannot say, and topics are files of JSON`;
  const int64 = isDeclared ? null : describeInt64(record);
  return int64 === null
    ? null
    : `holds ${int64}, and whoever reads topics, which are files of JSON, finds a number there`;
}

function isKnown(record: Value, known: WeakSet<object>): boolean {
  return typeof record === 'object' && record !== null && known.has(record);
}

function isTopic(topic: unknown): topic is Topic {
  const splits = (topic as Topic | undefined)?.splits;
  const { endless = false, fromMs = [] } = (topic ?? {}) as Partial<Topic>;
  const isTimed = Array.isArray(fromMs) && fromMs.every((ms) => Number.isInteger(ms) && ms >= 0);
  return Array.isArray(splits) && splits.every(Array.isArray) && typeof endless === 'boolean' && isTimed;
}
