// What a compiler would have said of a scenario of machines: which fields there are, and what is in them. The names and numbers in it are judged
// by mistakes.ts, which needs the shape to be right.
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
} from '../../scenario/field-shape.ts';
import { messageOf } from '../../core/base/stack-lines.ts';
import { checkTree } from '../../core/base/state.ts';
import type { GenericAim } from '../faults/rule.ts';
import type { HostedMachine } from '../world-types.ts';
import type { MachinesScenario } from './scenario.ts';

/** What is wrong with the shape of what a file exports as `scenario`, as a sentence, or null. */
export function findWrongShape(scenario: unknown): string | null {
  return isFields(scenario) ? findWrongField(scenario, shape) : '"scenario" is not an object';
}

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

const names: Field = { must: 'a list of names', isRight: optional((value) => isListOf(value, isText)) };
const number: Field = { must: 'a number', isRight: optional(isNumber) };
const partsOfAim: Readonly<Record<keyof GenericAim, Field>> = {
  nodes: names,
  kinds: names,
  shortestMs: number,
  longestMs: number,
  mustLive: number,
  disk: { must: '"torn" or "kept"', isRight: optional((disk) => disk === 'torn' || disk === 'kept') },
  driftPpmMax: number,
};
const isAim: Check = (aim) => isMadeOf(aim, partsOfAim);

const shape: Readonly<Record<keyof MachinesScenario, Field>> = {
  name: commonFields.name,
  about: commonFields.about,
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
  sim: commonFields.numbers,
  options: {
    must: '{ default, unit, min, max, about } by name of option',
    isRight: optional((options) => isTable(options, isSpec)),
    isEntry: isSpec,
  },
  draw: commonFields.draw,
  faults: {
    must: 'how often each kind strikes a run',
    isRight: optional((faults) => isTable(faults, isNumber)),
    isEntry: isNumber,
  },
  aim: {
    must: `{ ${Object.keys(partsOfAim).join(', ')} }, or a part of it, by kind of fault`,
    isRight: optional((aim) => isTable(aim, isAim)),
    isEntry: isAim,
  },
  oracles: { must: ORACLES_MUST, isRight: optional(perRun(isOracle)) },
  symmetric: { must: 'a list of roles of machines', isRight: optional((roles) => isListOf(roles, isText)) },
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
  const relative: unknown = machine.relative;
  if (relative !== undefined && !(isFields(relative) && isFunction(relative['shift'])))
    return `${place}: relative of the machine must have a function shift, which takes off what has passed`;
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
