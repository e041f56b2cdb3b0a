// What a compiler would have said of a scenario of machines: which fields there are, and what is in them. The names and numbers in it are judged
// by mistakes.ts, which needs the shape to be right.
import { unknownName } from '../../core/base/options.ts';
import { describeWrongEntry } from '../../core/base/wrong-entry.ts';
import { messageOf } from '../../core/base/stack-lines.ts';
import { checkTree } from '../../core/base/state.ts';
import type { HostedMachine } from '../world-types.ts';
import type { MachinesScenario } from './scenario.ts';

/** What is wrong with the shape of what a file exports as `scenario`, as a sentence, or null. */
export function findWrongShape(scenario: unknown): string | null {
  if (!isFields(scenario)) return '"scenario" is not an object';
  for (const [field, { must, isRight, isEntry }] of Object.entries(shape)) {
    const given = scenario[field];
    if (isRight(given)) continue;
    return `"${field}" must be ${must}${isEntry === undefined ? '' : describeWrongEntry(given, isEntry)}`;
  }
  const unknown = Object.keys(scenario).find((field) => !Object.hasOwn(shape, field));
  return unknown === undefined ? null : unknownName('field', unknown, Object.keys(shape));
}

type Check = (value: unknown) => boolean;

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number';
const isFunction: Check = (value) => typeof value === 'function';
export const isListOf = (value: unknown, isRight: Check): boolean => Array.isArray(value) && value.every(isRight);
const isTable = (value: unknown, isRight: Check): boolean => isFields(value) && Object.values(value).every(isRight);
const isRange: Check = (value) => isListOf(value, isNumber) && (value as unknown[]).length === 2;
const optional =
  (isRight: Check): Check =>
  (value) =>
    value === undefined || isRight(value);
/** The list itself, or a function that returns it in each run. */
const perRun =
  (isRight: Check): Check =>
  (value) =>
    isFunction(value) || isListOf(value, isRight);

export const isNode: Check = (node) => isFields(node) && isText(node['address']) && isFields(node['machine']);
export const isService: Check = (service) =>
  isFields(service) && isText(service['name']) && isListOf(service['serves'], isText) && isFunction(service['apply']);
export const isOracle: Check = (oracle) =>
  isFields(oracle) &&
  isText(oracle['name']) &&
  ['create', 'observe', 'finish'].every((name) => isFunction(oracle[name]));
const isSpec: Check = (spec) =>
  isFields(spec) &&
  ['default', 'min', 'max'].every((field) => isNumber(spec[field])) &&
  isText(spec['about']) &&
  isText(spec['unit']);

export const NODES_MUST = 'a list of { address, machine }, or a function of a run that returns one';
export const SERVICES_MUST = 'a list of services, or a function of a run that returns one';
export const ORACLES_MUST = 'a list of oracles, or a function of a run that returns one';

const aimFields = ['nodes', 'kinds', 'shortestMs', 'longestMs', 'mustLive', 'driftPpmMax'];
const isAim: Check = (aim) =>
  isFields(aim) &&
  Object.entries(aim).every(
    ([field, value]) =>
      aimFields.includes(field) && (field === 'nodes' || field === 'kinds' ? isListOf(value, isText) : isNumber(value)),
  );

interface Field {
  readonly must: string;
  readonly isRight: Check;
  /** Of a table: what each of its entries is, so that the wrong one can be named. */
  readonly isEntry?: Check;
}

const shape: Readonly<Record<keyof MachinesScenario, Field>> = {
  name: {
    must: 'a word of letters, digits, dots and dashes, as files are named after it',
    isRight: (name) => typeof name === 'string' && /^\w[\w.-]*$/.test(name),
  },
  about: { must: 'a sentence', isRight: isText },
  messages: { must: 'the list of all kinds of messages ([] for none)', isRight: (kinds) => isListOf(kinds, isText) },
  nodes: {
    must: NODES_MUST,
    isRight: (nodes) => perRun(isNode)(nodes) && (isFunction(nodes) || (nodes as unknown[]).length > 0),
  },
  services: { must: SERVICES_MUST, isRight: optional(perRun(isService)) },
  transport: {
    must: '"stream" or "datagram"',
    isRight: optional((transport) => transport === 'stream' || transport === 'datagram'),
  },
  sim: {
    must: 'numbers by name of option',
    isRight: optional((sim) => isTable(sim, isNumber)),
    isEntry: isNumber,
  },
  options: {
    must: '{ default, unit, min, max, about } by name of option',
    isRight: optional((options) => isTable(options, isSpec)),
    isEntry: isSpec,
  },
  draw: {
    must: '[smallest, largest] by name of option',
    isRight: optional((draw) => isTable(draw, isRange)),
    isEntry: isRange,
  },
  faults: {
    must: 'how often each kind strikes a run',
    isRight: optional((faults) => isTable(faults, isNumber)),
    isEntry: isNumber,
  },
  aim: {
    must: `{ ${aimFields.join(', ')} }, or a part of it, by kind of fault`,
    isRight: optional((aim) => isTable(aim, isAim)),
    isEntry: isAim,
  },
  oracles: { must: ORACLES_MUST, isRight: optional(perRun(isOracle)) },
  isOver: { must: 'a function of the world that returns true or false', isRight: optional(isFunction) },
  runMs: { must: 'for how many ms faults strike at most', isRight: isNumber },
  settleMs: { must: 'within how many ms the machines are done without faults', isRight: optional(isNumber) },
};

const machineFunctions = ['create', 'step', 'wakeAt', 'hasWork', 'checkInvariants'] as const;

/** What a machine lacks, as a sentence, or null. Makes a state of it. */
export function machineMistake(place: string, machine: HostedMachine): string | null {
  if (!isText(machine.role)) return `${place}: the machine has no role, a word for what it is`;
  const lacking = machineFunctions.find((name) => !isFunction(machine[name]));
  if (lacking !== undefined) return `${place}: the machine has no function ${lacking}`;
  return stateMistake(place, machine);
}

function stateMistake(place: string, machine: HostedMachine): string | null {
  try {
    const state: unknown = machine.create();
    if (!isFields(state)) return `${place}: create must return an object, the state`;
    const flaw = checkTree(state);
    if (flaw !== null) return `${place}: create returns no tree of data: ${flaw}`;
    return machine.create() === state ? `${place}: create must return a new state each time` : null;
  } catch (error) {
    return `${place}: create throws: ${messageOf(error)}`;
  }
}
