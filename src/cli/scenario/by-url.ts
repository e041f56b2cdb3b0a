// Jobs whose sources and sinks are URLs, where no TaskManager opens them: in the simulator, and in a run on real processes that judges. URLs become names.
// What stands in a file, or can be computed, is read before the run and is input like any other; anything else the scenario's `input` gives, under its URL.
import { dirname } from 'node:path';
import { messageOf } from '../../core/base/stack-lines.ts';
import type { Value } from '../../core/base/value.ts';
import { isConnectorUrl, parseConnectorUrl } from '../../core/graph/connector-url.ts';
import type { JobDefinition } from '../../core/graph/define-job.ts';
import type { Operator, SourceOperator } from '../../core/graph/job-graph.ts';
import { builtInSources } from '../../net-real/connectors/registry.ts';
import { resolveConnectors } from '../../net-real/connectors/resolve.ts';
import { jobsOf } from '../../scenario/jobs.ts';
import type { Scenario, Topic } from '../../scenario/scenario.ts';
import { UsageError } from '../exit-codes.ts';
import { shownPath } from '../files.ts';

/** Records of each split, by URL. */
export type FileTopics = Readonly<Record<string, readonly (readonly Value[])[]>>;

/** Of a source that has no end, so many records of each split are there. */
const ENDLESS_RECORDS = 200;
/** Of all splits of a source: they are in memory, once for each thread. */
const RECORDS_MAX = 1_000_000;

const READ_AT_ONCE = 1_000;

export function readsUrls(scenario: Scenario): boolean {
  return operatorsOf(scenario).some((operator) => placeOf(operator) !== null);
}

/** Reads what the sources of a scenario's jobs name by URL, as far as it is there for anybody. */
export async function readFileTopics(scenario: Scenario, file: string): Promise<FileTopics> {
  const topics: Record<string, readonly (readonly Value[])[]> = {};
  for (const { job } of jobsOf(scenario)) {
    for (const source of job.graph.operators) {
      if (source.kind !== 'source' || !isForAnybody(source.topic)) continue;
      topics[source.topic] ??= await readTopic(job, source, file);
    }
  }
  return topics;
}

function isForAnybody(topic: string): boolean {
  const url = parseConnectorUrl(topic);
  return url !== null && builtInSources.get(url.scheme)?.isRepeatable === true;
}

async function readTopic(
  job: JobDefinition,
  source: SourceOperator,
  file: string,
): Promise<readonly (readonly Value[])[]> {
  try {
    const submission = { folder: dirname(file), hash: '', connectors: new Map<string, never>() };
    const { operators } = await resolveConnectors({ ...job.graph, operators: [source] }, submission);
    const [whole] = operators as readonly SourceOperator[];
    const splits: (readonly Value[])[] = [];
    for (let split = 0; split < source.splits; split++) splits.push(await readSplit(whole as SourceOperator, split));
    return splits;
  } catch (error) {
    throw new UsageError(`${shownPath(file)}: ${messageOf(error)}`);
  }
}

async function readSplit({ topic, splits, schema }: SourceOperator, split: number): Promise<readonly Value[]> {
  const { scheme, place, options } = parseConnectorUrl(topic) ?? { scheme: '', place: '', options: new Map() };
  const connector = builtInSources.get(scheme);
  if (connector === undefined) throw new Error(`${topic} is of no scheme that is built in`);
  const isEndless = connector.placeKind === 'nothing' && !options.has('count');
  const recordsMax = isEndless ? ENDLESS_RECORDS : Math.ceil(RECORDS_MAX / splits);
  const reader = await connector.open({ place, options, split, splits, ...(schema === undefined ? {} : { schema }) });
  const records: Value[] = [];
  try {
    for (let mark = ''; ;) {
      const before = records.length;
      const maxRecords = isEndless ? Math.min(READ_AT_ONCE, recordsMax - before) : READ_AT_ONCE;
      const answer = await reader.read(
        { position: before, mark, maxRecords },
        { add: (value) => void records.push(value) },
      );
      if (answer.end || records.length === before) return records;
      if (records.length > recordsMax)
        throw new Error(`${topic}: it has more than ${RECORDS_MAX} records, which are too many for the simulator`);
      mark = answer.mark;
    }
  } finally {
    await reader.close();
  }
}

// ---- Names in place of URLs

/** The same scenario with names in place of URLs. Its `data` has the topics that were read, by URL. */
export function withNames(scenario: Scenario): Scenario {
  const names = namesOf(scenario);
  const renamed = (job: JobDefinition): JobDefinition => ({
    ...job,
    graph: { ...job.graph, operators: job.graph.operators.map((operator) => named(operator, names)) },
  });
  const { job, jobs } = scenario;
  return {
    ...scenario,
    ...(job === undefined ? {} : { job: renamed(job) }),
    ...(jobs === undefined ? {} : { jobs: jobs.map((one) => ({ ...one, job: renamed(one.job) })) }),
    input: (given) => namedTopics(scenario, names, scenario.input(given), given.data),
  };
}

/** Of each URL a name of its own: `csv-data-flights.csv`. */
function namesOf(scenario: Scenario): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set(operatorsOf(scenario).flatMap((operator) => textOf(operator) ?? []));
  for (const operator of operatorsOf(scenario)) {
    const url = placeOf(operator);
    if (url === null || names.has(url)) continue;
    const short = url
      .replaceAll(/[^A-Za-z0-9._]+/g, '-')
      .replace(/-$/, '')
      .slice(0, 200);
    let name = short;
    for (let number = 2; taken.has(name); number++) name = `${short}-${number}`;
    taken.add(name);
    names.set(url, name);
  }
  return names;
}

function named(operator: Operator, names: ReadonlyMap<string, string>): Operator {
  if (operator.kind === 'source') return { ...operator, topic: names.get(operator.topic) ?? operator.topic };
  return operator.kind === 'sink' ? { ...operator, sink: names.get(operator.sink) ?? operator.sink } : operator;
}

function namedTopics(
  scenario: Scenario,
  names: ReadonlyMap<string, string>,
  given: Readonly<Record<string, Topic>>,
  data: Readonly<Record<string, Value>>,
): Readonly<Record<string, Topic>> {
  const topics: Record<string, Topic> = {};
  for (const [name, topic] of Object.entries(given)) topics[names.get(name) ?? name] = topic;
  for (const source of operatorsOf(scenario)) {
    const name = source.kind === 'source' ? names.get(source.topic) : undefined;
    if (source.kind !== 'source' || name === undefined || Object.hasOwn(topics, name)) continue;
    if (!Object.hasOwn(data, source.topic))
      throw new Error(`it gives no topic "${source.topic}", which source "${source.id}" reads`);
    topics[name] = { splits: data[source.topic] as unknown as Topic['splits'] };
  }
  return topics;
}

function operatorsOf(scenario: Scenario): readonly Operator[] {
  return jobsOf(scenario).flatMap(({ job }) => job.graph.operators);
}

function textOf(operator: Operator): string | null {
  if (operator.kind === 'source') return operator.topic;
  return operator.kind === 'sink' ? operator.sink : null;
}

/** The URL of an operator; null: it has a name, or nothing. */
function placeOf(operator: Operator): string | null {
  const text = textOf(operator);
  return isConnectorUrl(text) ? text : null;
}
