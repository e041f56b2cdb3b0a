// What can be wrong with a scenario before it runs, as sentences.
import type { JobDefinition } from '../core/graph/define-job.ts';
import { parseOption, unknownName, type OptionTable } from '../core/base/options.ts';
import { clusterOptionTable } from '../core/protocol/cluster-options.ts';
import { faultKinds } from './fault-kinds.ts';
import { jobsOf } from './jobs.ts';
import { phases } from './phases.ts';
import type { RealRun, Scenario } from './scenario.ts';
import { sinksOfJob } from './sinks.ts';
import { simOptionTable } from './sim-options.ts';
import { strikeKinds } from './strikes.ts';
import { findWrongShape } from './shape.ts';

/** @param given what should be a scenario: an author's file runs without having been compiled. */
export function mistakesOf(given: unknown): readonly string[] {
  const wrongShape = findWrongShape(given);
  if (wrongShape !== null) return [wrongShape];
  const scenario = given as Scenario;
  return [
    ...jobMistakes(scenario),
    ...clusterMistakes(scenario),
    ...optionMistakes(clusterOptionTable, scenario.options ?? {}),
    ...optionMistakes(simOptionTable, scenario.sim ?? {}),
    ...drawMistakes(scenario.draw ?? {}),
    ...faultMistakes(scenario),
    ...judgeMistakes(scenario),
    ...realMistakes(scenario.real ?? {}),
  ];
}

function jobMistakes(scenario: Scenario): string[] {
  const { job, jobs } = scenario;
  if (job !== undefined && jobs !== undefined) return ['it has both `job` and `jobs`: say one of them'];
  if (job === undefined && jobs === undefined) return ['it has no `job`'];
  const writers = new Map<string, string>();
  return jobsOf(scenario).flatMap(({ jobId, job: { graph } }) =>
    sinksOfJob({ graph }).flatMap((sink) => {
      const other = writers.get(sink);
      writers.set(sink, jobId);
      return other === undefined
        ? []
        : [`${other} and ${jobId} both write to sink "${sink}": each job needs sinks of its own`];
    }),
  );
}

function clusterMistakes(scenario: Scenario): string[] {
  const { cluster } = scenario;
  const mistakes: string[] = [];
  for (const [what, count] of Object.entries(cluster)) {
    if (!Number.isInteger(count) || count < 1)
      mistakes.push(`cluster.${what} is ${count}: expected a whole number from 1`);
  }
  const slots = cluster.taskManagers * cluster.slotsPerTaskManager;
  const jobs = jobsOf(scenario);
  const needed = jobs.reduce((sum, { job }) => sum + slotsOf(job), 0);
  const who = jobs.length === 1 ? 'the job needs' : 'the jobs need';
  // Whoever says for how long jobs wait for slots has thought of it.
  if (needed > slots && scenario.options?.slotWaitTimeoutMs === undefined)
    mistakes.push(`${who} ${needed} slots, and the cluster has ${slots}`);
  return mistakes;
}

/** Subtasks of different operators share a slot. */
function slotsOf({ graph }: JobDefinition): number {
  return Math.max(...graph.operators.map((operator) => operator.parallelism));
}

function optionMistakes(table: OptionTable, given: Readonly<Record<string, number>>): string[] {
  return Object.entries(given).flatMap(([name, value]) => {
    const read = parseOption(table, name, String(value));
    return read.ok ? [] : [read.reason];
  });
}

function drawMistakes(draw: Readonly<Record<string, readonly [number, number]>>): string[] {
  return Object.entries(draw).flatMap(([name, [smallest, largest]]) => [
    ...optionMistakes(clusterOptionTable, { [name]: smallest }),
    ...optionMistakes(clusterOptionTable, { [name]: largest }),
    ...(smallest > largest ? [`draw.${name}: ${smallest} is larger than ${largest}`] : []),
  ]);
}

function faultMistakes({ faults, aim = {}, excuses = [] }: Scenario): string[] {
  const named = [...Object.keys(faults), ...Object.keys(aim), ...excuses.map((excuse) => excuse.fault)];
  const unknownPhases = excuses.flatMap((excuse) => excuse.phases).filter((phase) => !phases.includes(phase));
  return [
    ...named
      .filter((name) => !faultKinds.some((kind) => kind === name))
      .map((name) => unknownName('fault', name, faultKinds)),
    ...unknownPhases.map((phase) => unknownName('phase', phase, phases)),
    ...Object.entries(faults)
      .filter(([, weight]) => !(weight >= 0 && weight <= MOST_FAULTS))
      .map(([name, weight]) => `the weight of ${name} is ${weight}: expected a number from 0 to ${MOST_FAULTS}`),
  ];
}

const MOST_FAULTS = 1_000; // a run that is asked for more does nothing else

function judgeMistakes(scenario: Scenario): string[] {
  const jobs = jobsOf(scenario);
  return jobs
    .filter(({ reference, check, ends }) => !reference && check === undefined && ends === null)
    .map(({ jobId }) => {
      const whose = jobs.length === 1 ? 'the output' : `the output of ${jobId}`;
      return `nothing judges ${whose}: say \`reference: true\`, or bring a \`check\``;
    });
}

function realMistakes({ strike, times = 1, options = {} }: RealRun): string[] {
  const mistakes = optionMistakes(clusterOptionTable, options).map((mistake) => `real.options: ${mistake}`);
  if (strike !== undefined && !strikeKinds.includes(strike)) mistakes.push(unknownName('strike', strike, strikeKinds));
  if (!Number.isInteger(times) || times < 1 || times > MOST_TIMES)
    mistakes.push(`real.times is ${times}: expected a whole number from 1 to ${MOST_TIMES}`);
  return mistakes;
}

const MOST_TIMES = 1_000;
