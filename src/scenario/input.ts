// The input of a run: the topics that the scenario gives, cut where a shrinker says so, and checked against what the job reads.
import type { Value } from '../core/base/value.ts';
import type { JobDefinition } from '../core/graph/define-job.ts';
import { diffStates } from '../core/base/state.ts';
import { jobsOf } from './jobs.ts';
import { fittedTopics } from './fitted-topics.ts';
import { callScenario, checkInput, NotRepeatable } from './scenario-mistake.ts';
import type { Scenario, Topic } from './scenario.ts';

export type Topics = Readonly<Record<string, Topic>>;

export interface InputRequest {
  readonly scenario: Scenario;
  readonly data: Readonly<Record<string, Value>>;
  /** Records kept of a split, by `topic/split`; a split that is not named is whole. */
  readonly inputLimits?: Readonly<Record<string, number>>;
}

/**
 * The topics of a run.
 * @param pick a uniform decision of a stream, an integer in [0, n): the scenario's questions go to the streams `workload/<question>`
 * @param times how many times its plain length the input should have
 */
export function drawInput(
  { scenario, data, inputLimits = {} }: InputRequest,
  pick: (stream: string, n: number) => number,
  times = 1,
): Topics {
  const answers: number[] = [];
  const ask = (question: string, n: number): number => {
    const answer = pick(`workload/${question}`, n);
    answers.push(answer);
    return answer;
  };
  const topics = callScenario(scenario, 'input', () => scenario.input({ data, pick: ask, times }));
  checkInput(scenario, topics);
  checkAgain(scenario, topics, () => scenario.input({ data, pick: () => answers.shift() ?? 0, times }));
  const declared = fittedTopics(scenario, topics);
  return Object.fromEntries(Object.entries(declared).map(([name, topic]) => [name, limited(name, topic, inputLimits)]));
}

const drawnTwice = new WeakSet<object>();

/** In the first run of a process: an input that is another one with the same answers cannot be had again, whatever the tape says. */
function checkAgain(scenario: Scenario, topics: Topics, again: () => unknown): void {
  if (drawnTwice.has(scenario.input)) return;
  drawnTwice.add(scenario.input);
  const difference = diffStates(topics, callScenario(scenario, 'input', again));
  if (difference === null) return;
  const { path, left, right } = difference;
  throw new NotRepeatable(
    `scenario "${scenario.name}": its input is not repeatable: with the same answers of \`pick\` it gave ${left} and then ${right} at ${path}`,
  );
}

function limited(name: string, topic: Topic, limits: Readonly<Record<string, number>>): Topic {
  return {
    ...topic,
    splits: topic.splits.map((split, index) => split.slice(0, limits[`${name}/${index}`] ?? split.length)),
  };
}

/** The topics that the sources of a scenario's jobs read, and the names of the others: a check may look at them, or their name is wrong. */
export function splitByReading(
  scenario: Parameters<typeof jobsOf>[0],
  topics: Topics,
): { readonly read: Topics; readonly unread: readonly string[] } {
  const operators = jobsOf(scenario).flatMap(({ job }) => job.graph.operators);
  const names = new Set(operators.flatMap((operator) => (operator.kind === 'source' ? [operator.topic] : [])));
  return {
    read: Object.fromEntries(Object.entries(topics).filter(([name]) => names.has(name))),
    unread: Object.keys(topics).filter((name) => !names.has(name)),
  };
}

/** In one line: topics of an input that nobody reads. */
export function describeUnread(topics: readonly string[]): string {
  const names = topics.map((name) => `"${name}"`).join(', ');
  return `${topics.length === 1 ? `topic ${names} is` : `topics ${names} are`} read by no source`;
}

/** Records of each split, by `topic/split`. */
export function inputLengths(topics: Topics): Readonly<Record<string, number>> {
  const lengths = Object.entries(topics).flatMap(([name, topic]) =>
    topic.splits.map((split, index) => [`${name}/${index}`, split.length]),
  );
  return Object.fromEntries(lengths) as Record<string, number>;
}

/** Why a job that reads so many records proves nothing, whatever the machines do; null: it reads some. */
export function emptyInput(records: number): string | null {
  return records > 0 ? null : 'its input holds no record';
}

/** How long it takes until the slowest split of a job is read. Splits without a rate take no time worth mentioning. */
export function readingMs({ graph }: Pick<JobDefinition, 'graph'>, topics: Topics): number {
  const times = graph.operators.flatMap((operator) => {
    if (operator.kind !== 'source') return [];
    const { splits = [], fromMs = [] } = topics[operator.topic] ?? {};
    const msPerRecord = operator.recordsPerSecond === 0 ? 0 : 1_000 / operator.recordsPerSecond;
    return splits.map((split, index) => (fromMs[index] ?? 0) + split.length * msPerRecord);
  });
  return Math.ceil(Math.max(0, ...times));
}
