// A job file as a scenario: what is run where a file exports `job` and no `scenario`.
import { basename, dirname } from 'node:path';
import { jsonOf } from '../../core/base/json-value.ts';
import { requiredSlots } from '../../core/graph/chaining.ts';
import { parseConnectorUrl } from '../../core/graph/connector-url.ts';
import type { JobDefinition } from '../../core/graph/define-job.ts';
import type { Operator, SourceOperator } from '../../core/graph/job-graph.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { excuses } from '../../../scenarios/excuses.ts';
import { quickOptions, quickReal, quickSim } from '../../../scenarios/quick-cluster.ts';
import { UsageError } from '../exit-codes.ts';
import { shownPath } from '../files.ts';
import type { FileTopics } from './by-url.ts';

const SLOTS_PER_TASK_MANAGER = 2;

/** A cluster with slots for the job and one TaskManager more, the faults of the small scenarios, and output compared with a sequential run. */
export function scenarioOfJob(job: JobDefinition, file: string): Scenario {
  const taskManagers = Math.ceil(requiredSlots(job.graph) / SLOTS_PER_TASK_MANAGER) + 1;
  return {
    name: job.graph.name.replaceAll('_', '-'),
    about: `The job of ${basename(dirname(file))}/${basename(file)}, while processes die and words and writes are lost.`,
    cluster: { jobManagers: 2, taskManagers, slotsPerTaskManager: SLOTS_PER_TASK_MANAGER },
    job,
    input: () => ({}),
    options: quickOptions,
    sim: quickSim,
    faults: {
      'tm-crash': 0.5,
      'jm-crash': 0.25,
      'lease-loss': 0.25,
      'barrier-loss': 0.5,
      'message-delay': 0.5,
      'connection-break': 0.25,
      partition: 0.25,
      pause: 0.25,
      'store-fail': 0.25,
      'store-unknown': 0.25,
    },
    excuses,
    reference: true,
    sortBy: jsonOf,
    real: quickReal,
  };
}

/** Throws unless each source reads what was read before the run: a job file has no input of its own. */
export function checkHasInput({ graph }: JobDefinition, topics: FileTopics, file: string): void {
  const source = graph.operators.find(
    (operator) => operator.kind === 'source' && !Object.hasOwn(topics, operator.topic),
  );
  if (source?.kind !== 'source') return;
  const what =
    parseConnectorUrl(source.topic) !== null
      ? `${source.topic}, of which nothing is there before a run`
      : `the topic "${source.topic}", which is no file`;
  throw new UsageError(
    `${shownPath(file)}: source "${source.id}" reads ${what}: export a scenario with this job, whose input has ${JSON.stringify(source.topic)}`,
  );
}

/** Of reading, so that checkpoints and faults fall into it. */
const READING_SECONDS = 2;

/** A source without a rate would be read before anything can happen to it: its records come in two seconds. */
export function withRates(job: JobDefinition, topics: FileTopics): JobDefinition {
  const rated = (source: SourceOperator): SourceOperator => {
    const longest = Math.max(1, ...(topics[source.topic] ?? []).map(({ length }) => length));
    return { ...source, recordsPerSecond: source.recordsPerSecond || Math.ceil(longest / READING_SECONDS) };
  };
  const operators = job.graph.operators.map((operator): Operator =>
    operator.kind === 'source' ? rated(operator) : operator,
  );
  return { ...job, graph: { ...job.graph, operators } };
}
