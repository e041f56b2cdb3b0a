// What can be wrong with a scenario before it runs, as sentences.
import { parseOption, unknownName, type OptionTable } from '../core/base/options.ts';
import { clusterOptionTable } from '../core/protocol/cluster-options.ts';
import { faultKinds, type FaultKind } from './fault-kinds.ts';
import { whyIdle } from './idle-faults.ts';
import { jobsOf, slotsNeeded, taskManagersNeeded } from './jobs.ts';
import { phases } from './phases.ts';
import type { RealRun, Scenario, SubmittedJob } from './scenario.ts';
import { sinksOfJob } from './sinks.ts';
import { simOptionTable } from './sim-options.ts';
import { strikeKinds } from './strikes.ts';
import { findWrongShape } from './shape.ts';
import { varyingMistakes } from './varying-code.ts';

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
    ...idleFaultMistakes(scenario),
    ...varyingMistakes(scenario),
    ...judgeMistakes(scenario),
    ...realMistakes(scenario.real ?? {}),
  ];
}

function jobMistakes(scenario: Scenario): string[] {
  const { job, jobs } = scenario;
  if (job !== undefined && jobs !== undefined) return ['it has both `job` and `jobs`: say one of them'];
  if (job === undefined && jobs === undefined) return ['it has no `job`'];
  return [
    ...followMistakes(jobs ?? []),
    ...rescaleMistakes(jobs ?? []),
    ...drainMistakes(scenario),
    ...stopMistakes(scenario),
    ...sinkMistakes(scenario),
  ];
}

function drainMistakes(scenario: Scenario): string[] {
  const { cluster, drains = [] } = scenario;
  const needed = taskManagersNeeded(scenario);
  const isTooMuch = drains.length > 0 && needed > cluster.taskManagers;
  const tooMany = `all that is drained at once leaves the jobs too few: cluster.taskManagers is ${cluster.taskManagers}, expected at least ${needed}`;
  const unknown = drains.flatMap(({ taskManager }) => {
    const isThere = Number.isInteger(taskManager) && taskManager >= 1 && taskManager <= cluster.taskManagers;
    return isThere
      ? []
      : [`TaskManager ${taskManager} is drained: expected a number from 1 to ${cluster.taskManagers}`];
  });
  return unknown.length === 0 && isTooMuch ? [tooMany] : unknown;
}

function stopMistakes({ cluster, stops = [] }: Scenario): string[] {
  const named = stops.map((stop) =>
    'jobManager' in stop
      ? { name: `JobManager ${stop.jobManager}`, number: stop.jobManager, count: cluster.jobManagers }
      : { name: `TaskManager ${stop.taskManager}`, number: stop.taskManager, count: cluster.taskManagers },
  );
  return named.flatMap(({ name, number, count }, index) => {
    const isThere = Number.isInteger(number) && number >= 1 && number <= count;
    const isTwice = named.slice(0, index).some((other) => other.name === name);
    if (isTwice) return [`${name} is ended twice: expected once at the most`];
    return isThere ? [] : [`${name} is ended: expected a number from 1 to ${count}`];
  });
}

function sinkMistakes(scenario: Scenario): string[] {
  const writers = new Map<string, string>();
  return jobsOf(scenario).flatMap(({ jobId, follows, job: { graph } }) =>
    sinksOfJob({ graph }).flatMap((sink) => {
      const other = writers.get(sink);
      writers.set(sink, jobId);
      return other === undefined || other === follows?.jobId
        ? []
        : [`${other} and ${jobId} both write to sink "${sink}": each job needs sinks of its own, or follows the other`];
    }),
  );
}

function rescaleMistakes(jobs: readonly SubmittedJob[]): string[] {
  return jobs.flatMap(({ job: { graph }, rescale = [] }, index) =>
    rescale.flatMap(({ parallelism }) =>
      Object.entries(parallelism).flatMap(([operator, subtasks]) => {
        const name = `job-${index + 1}`;
        if (graph.operators.every(({ id }) => id !== operator))
          return [
            unknownName(
              `operator of ${name}`,
              operator,
              graph.operators.map(({ id }) => id),
            ),
          ];
        const isRight = Number.isInteger(subtasks) && subtasks >= 1 && subtasks <= graph.maxParallelism;
        return isRight
          ? []
          : [
              `${name} is rescaled to ${subtasks} of ${operator}: expected a whole number from 1 to ${graph.maxParallelism}`,
            ];
      }),
    ),
  );
}

function followMistakes(jobs: readonly SubmittedJob[]): string[] {
  const followed = new Set<number>();
  return jobs.flatMap(({ follows, submitAtMs }, index) => {
    if (follows === undefined) return [];
    const mistakes: string[] = [];
    const name = `job-${index + 1}`;
    if (!Number.isInteger(follows.job) || follows.job < 1 || follows.job > index)
      mistakes.push(`${name} follows job ${follows.job}: expected the number of a job before it, from 1 to ${index}`);
    if (followed.has(follows.job)) mistakes.push(`two jobs follow job-${follows.job}: one can`);
    if (submitAtMs !== undefined) mistakes.push(`${name} follows a job and has a submitAtMs: say one of them`);
    followed.add(follows.job);
    return mistakes;
  });
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
  const needed = slotsNeeded(jobs);
  const who = jobs.length === 1 ? 'the job needs' : 'the jobs need';
  // Whoever says for how long jobs wait for slots has thought of it.
  if (needed > slots && scenario.options?.slotWaitTimeoutMs === undefined)
    mistakes.push(`${who} ${needed} slots, and the cluster has ${slots}`);
  return mistakes;
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

/** Faults that are asked for, and can hit nothing. */
function idleFaultMistakes(scenario: Scenario): string[] {
  const { faults, aim = {}, atLeastFaults = 0, pauses = 0 } = scenario;
  const inForce = Object.entries(faults).flatMap(([name, weight]) => (weight > 0 ? [name] : []));
  const aims = Object.entries(aim);
  const nobody = aims.filter(([name, { roles }]) => inForce.includes(name) && roles?.length === 0);
  const unlasting = aims.filter(([, { shortestMs = 0, longestMs = Infinity }]) => shortestMs > longestMs);
  return [
    ...inForce.flatMap((name) => {
      const reason = whyIdle(scenario, name as FaultKind);
      return reason === null ? [] : [`${name} has a weight, and ${reason}`];
    }),
    ...nobody.map(([name]) => `${name} has a weight, and aim.${name}.roles is empty: it can hit nobody`),
    ...unlasting.map(
      ([name, { shortestMs, longestMs }]) =>
        `aim.${name}: shortestMs ${shortestMs} and longestMs ${longestMs} exclude each other`,
    ),
    ...(atLeastFaults > 0 && inForce.length === 0
      ? [`atLeastFaults is ${atLeastFaults}, and no kind of fault has a weight`]
      : []),
    ...(pauses > 0 && inForce.length === 0 ? [`pauses is ${pauses}, and no kind of fault has a weight`] : []),
    ...(pauses > 0 && atLeastFaults > 0
      ? [`pauses is ${pauses} and atLeastFaults is ${atLeastFaults}: in a pause no fault can be made to come`]
      : []),
  ];
}

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
