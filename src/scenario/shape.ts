// What a compiler would have said of a scenario file, for those who run one without compiling it first: which fields there are, and what is in
// them. The names and numbers in it are judged by `mistakes.ts`, which needs the shape to be right.
import { unknownName } from '../core/base/options.ts';
import { describeWrongEntry, shown } from '../core/base/wrong-entry.ts';
import type { FaultAim, RealRun, Scenario, SubmittedJob } from './scenario.ts';

/** What is wrong with the shape of what a file exports as `scenario`, as a sentence, or null. */
export function findWrongShape(scenario: unknown): string | null {
  if (scenario === undefined) return 'it exports no "scenario"';
  if (!isFields(scenario)) return '"scenario" is not an object';
  for (const [field, rule] of Object.entries(shape)) {
    const given = scenario[field];
    if (!rule.isRight(given)) return describeWrong(field, given, rule);
  }
  const unknown = Object.keys(scenario).find((field) => !Object.hasOwn(shape, field));
  return unknown === undefined ? null : unknownName('field', unknown, Object.keys(shape));
}

function describeWrong(field: string, given: unknown, { must, isEntry, parts }: Field): string {
  const mistake = isFields(given) && parts !== undefined ? describeWrongPart(field, given, parts) : null;
  if (mistake !== null) return mistake;
  return `"${field}" must be ${must}${isEntry === undefined ? '' : describeWrongEntry(given, isEntry)}`;
}

function describeWrongPart(field: string, given: Fields, parts: Parts): string | null {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(parts, name));
  if (unknown !== undefined) return `"${field}" has no "${unknown}": its parts are ${Object.keys(parts).join(', ')}`;
  const [name, part] = Object.entries(parts).find(([one, { isRight }]) => !isRight(given[one])) ?? [];
  if (name === undefined || part === undefined) return null;
  const value = given[name];
  if (value === undefined) return `"${field}.${name}" is missing: it must be ${part.must}`;
  return isFields(value)
    ? describeWrong(`${field}.${name}`, value, part)
    : `"${field}.${name}" must be ${part.must}, and is ${shown(value)}`;
}

type Check = (value: unknown) => boolean;
type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number';
const isTime: Check = (value) => typeof value === 'number' && value >= 0 && value <= 1e9;
const isFunction: Check = (value) => typeof value === 'function';
const isList = (value: unknown, isRight: Check): boolean => Array.isArray(value) && value.every(isRight);
const isTable = (value: unknown, isRight: Check): boolean => isFields(value) && Object.values(value).every(isRight);
const isRange: Check = (value) => isList(value, isNumber) && (value as unknown[]).length === 2;

/** It has no other fields than these, and those that it has are right. */
function hasOnly(value: unknown, checks: Readonly<Record<string, Check>>): boolean {
  return (
    isFields(value) &&
    Object.entries(value).every(([field, inside]) => Object.hasOwn(checks, field) && checks[field]?.(inside) === true)
  );
}

const optional =
  (isRight: Check): Check =>
  (value) =>
    value === undefined || isRight(value);

const aimChecks: Readonly<Record<keyof FaultAim, Check>> = {
  roles: (roles) => isList(roles, (role) => role === 'job-manager' || role === 'task-manager'),
  shortestMs: isNumber,
  longestMs: isNumber,
};

const partsOfReal: Readonly<Record<keyof RealRun, Field>> = {
  strike: { must: 'a kind of strike', isRight: optional(isText) },
  times: { must: 'a whole number from 1', isRight: optional(isNumber) },
  options: {
    must: 'numbers by name of option',
    isRight: optional((options) => isTable(options, isNumber)),
    isEntry: isNumber,
  },
};

const isJob: Check = (job) =>
  isFields(job) &&
  isFields(job['graph']) &&
  Array.isArray(job['graph']['operators']) &&
  isFields(job['program']) &&
  job['program']['functions'] instanceof Map;

const jobChecks: Readonly<Record<keyof SubmittedJob, Check>> = {
  job: isJob,
  submitAtMs: (at) => isTime(at) || (isList(at, isTime) && (at as unknown[]).length > 0),
  reference: (reference) => typeof reference === 'boolean',
  check: isFunction,
};

const isSubmittedJob: Check = (one) => hasOnly(one, jobChecks) && isJob((one as SubmittedJob).job);

const partOfCluster: Field = { must: 'a whole number from 1', isRight: isNumber };
const partsOfCluster: Readonly<Record<keyof Scenario['cluster'], Field>> = {
  jobManagers: partOfCluster,
  taskManagers: partOfCluster,
  slotsPerTaskManager: partOfCluster,
};

/** It has no other parts than these, and they are right. */
function isMadeOf(value: unknown, parts: Parts): boolean {
  return (
    isFields(value) &&
    Object.keys(value).every((name) => Object.hasOwn(parts, name)) &&
    Object.entries(parts).every(([name, { isRight }]) => isRight(value[name]))
  );
}

interface Field {
  readonly must: string;
  readonly isRight: Check;
  /** Of a table: what each of its entries is, so that the wrong one can be named. */
  readonly isEntry?: Check;
  /** Of what has parts of its own, likewise. */
  readonly parts?: Parts;
}

type Parts = Readonly<Record<string, Field>>;

const shape: Readonly<Record<keyof Scenario, Field>> = {
  name: {
    must: 'a word of letters, digits, dots and dashes, as files are named after it',
    isRight: (name) => typeof name === 'string' && /^\w[\w.-]*$/.test(name),
  },
  about: { must: 'a sentence', isRight: isText },
  cluster: {
    must: `{ ${Object.keys(partsOfCluster).join(', ')} }`,
    isRight: (cluster) => isMadeOf(cluster, partsOfCluster),
    parts: partsOfCluster,
  },
  job: { must: 'what defineJob returns', isRight: optional(isJob) },
  jobs: {
    must: 'a list of { job, submitAtMs, reference, check }, of which only job is needed',
    isRight: optional((jobs) => isList(jobs, isSubmittedJob) && (jobs as unknown[]).length > 0),
  },
  data: {
    must: "a list of names, such as './orders.jsonl' for a file beside the scenario",
    isRight: optional((data) => isList(data, isText)),
    isEntry: isText,
  },
  input: { must: 'a function that returns the topics', isRight: isFunction },
  options: {
    must: 'numbers by name of option',
    isRight: optional((options) => isTable(options, isNumber)),
    isEntry: isNumber,
  },
  sim: {
    must: 'numbers by name of option',
    isRight: optional((options) => isTable(options, isNumber)),
    isEntry: isNumber,
  },
  draw: {
    must: '[smallest, largest] by name of option',
    isRight: optional((draw) => isTable(draw, isRange)),
    isEntry: isRange,
  },
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
  atLeastFaults: {
    must: 'a whole number from 0',
    isRight: optional((count) => Number.isInteger(count) && (count as number) >= 0),
  },
  excuses: {
    must: 'a list of { fault, phases: [phase, …], because }',
    isRight: optional((excuses) =>
      isList(
        excuses,
        (one) => isFields(one) && isText(one['fault']) && isList(one['phases'], isText) && isText(one['because']),
      ),
    ),
  },
  reference: { must: 'true or false', isRight: optional((reference) => typeof reference === 'boolean') },
  check: { must: 'a function of input and output that returns a sentence, or null', isRight: optional(isFunction) },
  sortBy: { must: 'a function of a value that returns a text', isRight: optional(isFunction) },
  real: {
    must: '{ strike, times, options }, or a part of it',
    isRight: optional((real) => isMadeOf(real, partsOfReal)),
    parts: partsOfReal,
  },
};
