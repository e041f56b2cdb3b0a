// What a compiler would have said of a scenario file, for those who run one without compiling it first: which fields there are, and what is in
// them. The names and numbers in it are judged by `mistakes.ts`, which needs the shape to be right.
import {
  commonFields,
  findWrongField,
  isFields,
  isFunction,
  isListOf,
  isMadeOf,
  isNumber,
  isTable,
  isText,
  optional,
  type Check,
  type Field,
} from './field-shape.ts';
import type {
  Draining,
  StoppingJobManager,
  StoppingTaskManager,
  FaultAim,
  Follows,
  RealRun,
  Rescaling,
  Scenario,
  SubmittedJob,
  VaryingCode,
} from './scenario.ts';

/** What is wrong with the shape of what a file exports as `scenario`, as a sentence, or null. */
export function findWrongShape(scenario: unknown): string | null {
  if (scenario === undefined) return 'it exports no "scenario"';
  return isFields(scenario) ? findWrongField(scenario, shape) : '"scenario" is not an object';
}

const isTime: Check = (value) => typeof value === 'number' && value >= 0 && value <= 1e9;
const isStep: Check = (value) => isTime(value) && Number.isInteger(value) && value !== 0;
const isMoment: Check = (value) =>
  isTime(value) ||
  (isFields(value) &&
    hasOnly(value, { from: isTime, to: isTime, stepMs: isStep }) &&
    Number(value['from']) <= Number(value['to']));
const isOneOrMore =
  (isOne: Check): Check =>
  (value) =>
    isOne(value) || (isListOf(value, isOne) && (value as unknown[]).length > 0);

/** It has no other fields than these, and those that it has are right. */
function hasOnly(value: unknown, checks: Readonly<Record<string, Check>>): boolean {
  return (
    isFields(value) &&
    Object.entries(value).every(([field, inside]) => Object.hasOwn(checks, field) && checks[field]?.(inside) === true)
  );
}

const aimChecks: Readonly<Record<keyof FaultAim, Check>> = {
  roles: (roles) => isListOf(roles, (role) => role === 'job-manager' || role === 'task-manager'),
  shortestMs: isNumber,
  longestMs: isNumber,
};

const partsOfReal: Readonly<Record<keyof RealRun, Field>> = {
  strike: { must: 'a kind of strike', isRight: optional(isText) },
  times: { must: 'a whole number from 1', isRight: optional(isNumber) },
  options: commonFields.numbers,
};

const partsOfVarying: Readonly<Record<keyof VaryingCode, Field>> = {
  operator: { must: 'the name of an operator', isRight: isText },
  change: { must: 'a function of a result and a number that returns another result', isRight: isFunction },
  identity: { must: 'a function of a record that returns what of it is always the same', isRight: isFunction },
};

const isJob: Check = (job) =>
  isFields(job) &&
  isFields(job['graph']) &&
  Array.isArray(job['graph']['operators']) &&
  isFields(job['program']) &&
  job['program']['functions'] instanceof Map;

const isRescaling: Check = (one) => hasOnly(one, rescalingChecks) && isFields(one) && isMoment(one['atMs']);
const rescalingChecks: Readonly<Record<keyof Rescaling, Check>> = {
  atMs: isMoment,
  parallelism: (table) => isFields(table) && Object.values(table).every(isNumber),
};

const isStopping: Check = (one) =>
  isFields(one) &&
  isMoment(one['atMs']) &&
  ((hasOnly(one, stopsTaskManager) && isNumber(one['taskManager'])) ||
    (hasOnly(one, stopsJobManager) && isNumber(one['jobManager'])));
const stopsTaskManager: Readonly<Record<keyof StoppingTaskManager, Check>> = { taskManager: isNumber, atMs: isMoment };
const stopsJobManager: Readonly<Record<keyof StoppingJobManager, Check>> = { jobManager: isNumber, atMs: isMoment };

const isDraining: Check = (one) =>
  hasOnly(one, drainingChecks) && isFields(one) && isNumber(one['taskManager']) && isMoment(one['atMs']);
const drainingChecks: Readonly<Record<keyof Draining, Check>> = {
  taskManager: isNumber,
  atMs: isMoment,
  backAtMs: isMoment,
};

const followChecks: Readonly<Record<keyof Follows, Check>> = {
  job: isNumber,
  atMs: isMoment,
  by: (by) => by === 'stop' || by === 'cancel' || by === 'retained',
  claimMode: (mode) => mode === 'CLAIM' || mode === 'NO_CLAIM',
  allowNonRestoredState: (allow) => typeof allow === 'boolean',
};

const jobChecks: Readonly<Record<keyof SubmittedJob, Check>> = {
  job: isJob,
  submitAtMs: isOneOrMore(isTime),
  cancelAtMs: isOneOrMore(isMoment),
  stopAtMs: isOneOrMore(isMoment),
  drain: (drain) => typeof drain === 'boolean',
  statusAtMs: isOneOrMore(isMoment),
  checkpointsAtMs: isOneOrMore(isMoment),
  exceptionsAtMs: isOneOrMore(isMoment),
  removeAtMs: isOneOrMore(isMoment),
  takeCheckpointAtMs: isOneOrMore(isMoment),
  savepointAtMs: isOneOrMore(isMoment),
  disposeAtMs: isOneOrMore(isMoment),
  rescale: (rescale) => isListOf(rescale, isRescaling),
  follows: (follows) =>
    hasOnly(follows, followChecks) && isFields(follows) && isNumber(follows['job']) && isMoment(follows['atMs']),
  reference: (reference) => typeof reference === 'boolean',
  check: isFunction,
  ends: (ends) => ends === 'FAILED',
  endsProcess: (endsProcess) => typeof endsProcess === 'boolean',
};

const isSubmittedJob: Check = (one) => hasOnly(one, jobChecks) && isJob((one as SubmittedJob).job);

const partOfCluster: Field = { must: 'a whole number from 1', isRight: isNumber };
const partsOfCluster: Readonly<Record<keyof Scenario['cluster'], Field>> = {
  jobManagers: partOfCluster,
  taskManagers: partOfCluster,
  slotsPerTaskManager: partOfCluster,
};

const shape: Readonly<Record<keyof Scenario, Field>> = {
  name: commonFields.name,
  about: commonFields.about,
  cluster: {
    must: `{ ${Object.keys(partsOfCluster).join(', ')} }`,
    isRight: (cluster) => isMadeOf(cluster, partsOfCluster),
    parts: partsOfCluster,
  },
  job: { must: 'what defineJob returns', isRight: optional(isJob) },
  listAtMs: { must: 'a time in ms, { from, to }, or a list of them', isRight: optional(isOneOrMore(isMoment)) },
  lookAtMs: { must: 'a time in ms, { from, to }, or a list of them', isRight: optional(isOneOrMore(isMoment)) },
  drains: {
    must: 'a list of { taskManager, atMs, backAtMs }, of which backAtMs is not needed',
    isRight: optional((drains) => isListOf(drains, isDraining)),
  },
  stops: {
    must: 'a list of { taskManager, atMs } and { jobManager, atMs }',
    isRight: optional((stops) => isListOf(stops, isStopping)),
  },
  jobs: {
    must: 'a list of { job, submitAtMs, cancelAtMs, stopAtMs, drain, statusAtMs, checkpointsAtMs, exceptionsAtMs, removeAtMs, takeCheckpointAtMs, savepointAtMs, disposeAtMs, rescale, follows, reference, check, ends, endsProcess }, of which only job is needed',
    isRight: optional((jobs) => isListOf(jobs, isSubmittedJob) && (jobs as unknown[]).length > 0),
  },
  data: {
    must: "a list of names, such as './orders.jsonl' for a file beside the scenario",
    isRight: optional((data) => isListOf(data, isText)),
    isEntry: isText,
  },
  input: { must: 'a function that returns the topics', isRight: isFunction },
  options: commonFields.numbers,
  sim: commonFields.numbers,
  draw: commonFields.draw,
  faults: {
    must: 'how often each kind is asked for ({} for none)',
    isRight: (faults) => isTable(faults, isNumber),
    isEntry: isNumber,
  },
  aim: {
    must: "{ roles: ['job-manager', 'task-manager'], shortestMs, longestMs }, or a part of it, by kind of fault",
    isRight: optional((aim) => isTable(aim, (one) => hasOnly(one, aimChecks))),
    isEntry: (one) => hasOnly(one, aimChecks),
  },
  swarm: { must: 'true or false', isRight: optional((swarm) => typeof swarm === 'boolean') },
  atLeastFaults: {
    must: 'a whole number from 0',
    isRight: optional((count) => Number.isInteger(count) && (count as number) >= 0),
  },
  pauses: {
    must: 'a whole number from 0',
    isRight: optional((runs) => Number.isInteger(runs) && (runs as number) >= 0),
  },
  excuses: {
    must: 'a list of { fault, phases: [phase, …], because }',
    isRight: optional((excuses) =>
      isListOf(
        excuses,
        (one) => isFields(one) && isText(one['fault']) && isListOf(one['phases'], isText) && isText(one['because']),
      ),
    ),
  },
  reference: { must: 'true or false', isRight: optional((reference) => typeof reference === 'boolean') },
  check: { must: 'a function of input and output that returns a sentence, or null', isRight: optional(isFunction) },
  sortBy: { must: 'a function of a value that returns a text', isRight: optional(isFunction) },
  varies: {
    must: '{ operator, change, identity }: a name and two functions',
    isRight: optional((varies) => isMadeOf(varies, partsOfVarying)),
    parts: partsOfVarying,
  },
  real: {
    must: '{ strike, times, options }, or a part of it',
    isRight: optional((real) => isMadeOf(real, partsOfReal)),
    parts: partsOfReal,
  },
};
