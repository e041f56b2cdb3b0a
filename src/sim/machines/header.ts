// What a reader of traces has to know of a user's machines: their roles, and which service answers a request.
import type { GuestHeader } from '../../run/trace.ts';
import type { AnyService, MachinesScenario, MachineSetting, PerRun } from './scenario.ts';

/** Nodes that each run makes by itself are those of a plain one: options at their defaults, and 0 for each question. */
export function headerOf(scenario: MachinesScenario, options: Readonly<Record<string, number>>): GuestHeader {
  const setting: MachineSetting = { options, pick: () => 0 };
  return {
    kind: 'machines',
    roles: tableOf(() => plain(scenario.nodes, setting).map(({ address, machine }) => [address, machine.role])),
    services: tableOf(() => plain(scenario.services ?? [], setting).flatMap(servedBy)),
    messages: {},
    requests: {},
  };
}

type Pairs = readonly (readonly [string, string])[];

/** Empty where code of the author's goes wrong: a run says how. */
function tableOf(pairs: () => Pairs): Readonly<Record<string, string>> {
  try {
    return Object.fromEntries(pairs());
  } catch {
    return {};
  }
}

function plain<T>(given: PerRun<readonly T[]>, setting: MachineSetting): readonly T[] {
  return typeof given === 'function' ? given(setting) : given;
}

function servedBy({ name, serves }: AnyService): Pairs {
  return (serves as readonly string[]).map((kind) => [kind, name]);
}
