// What can be wrong with a scenario of machines before it runs, as sentences: fields, names and numbers. An author's file runs without having
// been compiled.
import { unknownName, type OptionTable } from '../../core/base/options.ts';
import type { NodeSpec } from '../world-types.ts';
import type { GenericFaultKind } from '../faults/kinds.ts';
import type { GenericAim } from '../faults/rule.ts';
import { findWrongShape, machineMistake } from './shape.ts';
import type { MachinesScenario, PerRun } from './scenario.ts';
import { faultKindsOf, optionTableOf } from './option-table.ts';

/** @param given what should be a scenario of machines. */
export function mistakesOfMachines(given: unknown): readonly string[] {
  const wrongShape = findWrongShape(given);
  if (wrongShape !== null) return [wrongShape];
  const scenario = given as MachinesScenario;
  return [
    ...nodeMistakes(fixed(scenario.nodes)),
    ...symmetryMistakes(scenario),
    ...serviceMistakes(fixed(scenario.services ?? []).map(({ serves, name }) => ({ name, serves }))),
    ...optionMistakes(scenario),
    ...faultMistakes(scenario),
    ...idleFaultMistakes(scenario),
    ...judgeMistakes(scenario),
  ];
}

function fixed<T>(given: PerRun<readonly T[]>): readonly T[] {
  return typeof given === 'function' ? [] : given; // known when a run has drawn its options
}

/** What is wrong with the nodes of a run. */
export function nodeMistakes(nodes: readonly NodeSpec[]): string[] {
  const addresses = nodes.map(({ address }) => address);
  const twice = addresses.find((address, at) => addresses.indexOf(address) !== at);
  return [
    ...nodes.flatMap(({ address, machine }, at) => machineMistake(`nodes[${at}] ("${address}")`, machine) ?? []),
    ...(twice === undefined ? [] : [`nodes: two of them have the address "${twice}"`]),
  ];
}

/** What is wrong with the services of a run. */
export function serviceMistakes(
  services: readonly { readonly name: string; readonly serves: readonly string[] }[],
): string[] {
  const kinds = services.flatMap(({ serves }) => serves);
  const names = services.map(({ name }) => name);
  const kind = kinds.find((one, at) => kinds.indexOf(one) !== at);
  const name = names.find((one, at) => names.indexOf(one) !== at);
  return [
    ...(kind === undefined ? [] : [`services: two of them serve "${kind}"`]),
    ...(name === undefined ? [] : [`services: two of them have the name "${name}"`]),
  ];
}

/** Nodes that are drawn in each run are not known yet. */
function symmetryMistakes({ symmetric = [], nodes }: MachinesScenario): string[] {
  if (typeof nodes === 'function') return [];
  const roles = [...new Set(nodes.map(({ machine }) => machine.role))];
  const unknown = symmetric.find((role) => !roles.includes(role));
  return unknown === undefined ? [] : [`symmetric: ${unknownName('role', unknown, roles)}`];
}

function optionMistakes(scenario: MachinesScenario): string[] {
  const own = scenario.options ?? {};
  const table = optionTableOf({ ...scenario, options: {} });
  const taken = Object.keys(own).find((name) => Object.hasOwn(table, name));
  if (taken !== undefined) return [`options.${taken}: the world has an option of this name`];
  const all = { ...table, ...own };
  return [
    ...rangeMistakes('sim', all, scenario.sim ?? {}),
    ...rangeMistakes('', all, {
      runMs: scenario.runMs,
      ...(scenario.settleMs === undefined ? {} : { settleMs: scenario.settleMs }),
    }),
    ...Object.entries(own).flatMap(([name, spec]) => rangeMistakes('options', all, { [name]: spec.default })),
    ...drawMistakes(all, scenario.draw ?? {}),
  ];
}

function rangeMistakes(field: string, table: OptionTable, given: Readonly<Record<string, number>>): string[] {
  const place = field === '' ? '' : `${field}.`;
  return Object.entries(given).flatMap(([name, value]) => {
    const spec = table[name];
    if (spec === undefined) return [`${place}${name}: ${unknownName('option', name, Object.keys(table))}`];
    if (Number.isInteger(value) && value >= spec.min && value <= spec.max) return [];
    return [`${place}${name} is ${value}: expected a whole number of ${spec.unit} from ${spec.min} to ${spec.max}`];
  });
}

function drawMistakes(table: OptionTable, draw: Readonly<Record<string, readonly [number, number]>>): string[] {
  return Object.entries(draw).flatMap(([name, [smallest, largest]]) => [
    ...rangeMistakes('draw', table, { [name]: smallest }),
    ...(smallest === largest ? [] : rangeMistakes('draw', table, { [name]: largest })),
    ...(smallest > largest ? [`draw.${name}: ${smallest} is larger than ${largest}`] : []),
  ]);
}

const MOST_FAULTS = 1_000; // a run that is asked for more does nothing else

function faultMistakes(scenario: MachinesScenario): string[] {
  const { faults = {}, aim = {} } = scenario;
  const known = faultKindsOf(scenario);
  const excluding = excludingFaults(faults);
  if (excluding !== null) return [excluding];
  const unknown = (field: string, table: object): string[] =>
    Object.keys(table).flatMap((name) =>
      known.includes(name)
        ? []
        : [`${field}: ${unknownName('fault', name, known)} (transport ${scenario.transport ?? 'stream'})`],
    );
  const addresses = fixed(scenario.nodes).map(({ address }) => address);
  const nowhere = Object.entries(aim).flatMap(([kind, { nodes = [] }]) =>
    addresses.length === 0
      ? []
      : nodes.flatMap((node) =>
          addresses.includes(node) ? [] : [`aim.${kind}.nodes: ${unknownName('address', node, addresses)}`],
        ),
  );
  return [
    ...unknown('faults', faults),
    ...unknown('aim', aim),
    ...nowhere,
    ...Object.entries(faults)
      .filter(([, weight]) => !(weight >= 0 && weight <= MOST_FAULTS))
      .map(([name, weight]) => `faults.${name} is ${weight}: expected a number from 0 to ${MOST_FAULTS}`),
  ];
}

/** Kinds that no scenario can have both, as a sentence; null: there are none. */
function excludingFaults(faults: Readonly<Record<string, number>>): string | null {
  const only = (transport: 'stream' | 'datagram'): string | undefined => {
    const others = faultKindsOf({ transport: transport === 'stream' ? 'datagram' : 'stream' });
    const own = faultKindsOf({ transport }).filter((kind) => !others.includes(kind));
    return own.find((kind) => (faults[kind] ?? 0) > 0);
  };
  const [stream, datagram] = [only('stream'), only('datagram')];
  if (stream === undefined || datagram === undefined) return null;
  return `faults: ${stream} and ${datagram} exclude each other: one needs transport 'stream', the other 'datagram'`;
}

/** Faults that are asked for, and can hit nothing: of nodes and services that are the same in each run. */
function idleFaultMistakes({ faults = {}, aim = {}, nodes, services = [] }: MachinesScenario): string[] {
  const isInForce = (kind: GenericFaultKind): boolean => (faults[kind] ?? 0) > 0;
  const addresses = fixed(nodes).map(({ address }) => address);
  const noService = typeof services !== 'function' && services.length === 0;
  const unserved = noService ? AT_SERVICES.filter((kind) => isInForce(kind)) : [];
  const unlasting = Object.entries(aim).filter(
    ([, { shortestMs = 0, longestMs = Infinity }]) => shortestMs > longestMs,
  );
  return [
    ...unserved.map((kind) => `${kind} has a weight, and there is no service: nothing is requested`),
    ...unlasting.map(
      ([kind, { shortestMs, longestMs }]) =>
        `aim.${kind}: shortestMs ${shortestMs} and longestMs ${longestMs} exclude each other`,
    ),
    ...(isInForce(FOR_GOOD) ? livingMistakes(aim[FOR_GOOD] ?? {}, addresses) : []),
  ];
}

const AT_SERVICES: readonly GenericFaultKind[] = ['request-fail', 'request-unknown'];
const FOR_GOOD: GenericFaultKind = 'crash-for-good';

/** The plan never takes the last of those that must live; how many that are by default is not of its author's saying. */
function livingMistakes({ nodes, mustLive }: GenericAim, addresses: readonly string[]): string[] {
  const mortal = (nodes ?? addresses).length;
  if (mustLive === undefined || mortal === 0 || mustLive < mortal) return [];
  return [`${FOR_GOOD} has a weight, and of ${mortal} nodes that may die ${mustLive} must live: it can hit nobody`];
}

function judgeMistakes({ oracles, isOver }: MachinesScenario): string[] {
  const isJudged = isOver !== undefined || typeof oracles === 'function' || (oracles ?? []).length > 0;
  return isJudged ? [] : ['nothing judges a run: give it `oracles`, or say with `isOver` when the machines are done'];
}
