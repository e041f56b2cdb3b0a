// Who has a lane: every process that the trace names, then the services that it asks, in the order of the header's roles and services.
import { linesOf } from '../../src/run/trace.ts';
import type { GuestHeader, TraceLine } from '../../src/run/trace.ts';
import { serviceOf } from './categories.ts';
import { NONE } from './model.ts';
import type { Lane } from './model.ts';

/** Names to lanes. What is asked for and has none gets NONE: nothing is drawn of it. */
export interface Lanes {
  readonly list: readonly Lane[];
  indexOf(name: string): number;
}

export function lanesOf(guest: GuestHeader, lines: readonly TraceLine[]): Lanes {
  const nodes = nodesIn(lines).map((name): Lane => ({ name, role: roleOf(guest, name) }));
  const services = servicesIn(guest, lines).map((name): Lane => ({ name, role: 'service' }));
  const list = [...nodes.sort(byRole(guest)), ...services.sort(byService(guest))];
  const indexes = new Map(list.map(({ name }, index) => [name, index]));
  return { list, indexOf: (name) => indexes.get(name) ?? NONE };
}

function nodesIn(lines: readonly TraceLine[]): string[] {
  return [...new Set(lines.flatMap((line) => ('node' in line ? [line.node] : [])))];
}

function servicesIn(guest: GuestHeader, lines: readonly TraceLine[]): string[] {
  const services = new Set<string>();
  for (const { effects } of linesOf(lines, 'stepped')) {
    for (const effect of effects) {
      if (effect.effect === 'request') services.add(serviceOf(guest, effect.request as { readonly kind: string }));
    }
  }
  for (const { service } of linesOf(lines, 'service-cut')) services.add(service);
  return [...services];
}

function roleOf({ roles }: GuestHeader, name: string): string {
  return Object.hasOwn(roles, name) ? (roles[name] as string) : 'process';
}

type Order = (one: Lane, other: Lane) => number;

function byRole({ roles }: GuestHeader): Order {
  const rank = rankIn(Object.values(roles));
  return (one, other) =>
    rank(one.role) - rank(other.role) || one.name.localeCompare(other.name, 'en', { numeric: true });
}

function byService({ services }: GuestHeader): Order {
  const rank = rankIn(Object.values(services));
  return (one, other) => rank(one.name) - rank(other.name);
}

/** The place of a name in a list; of one that is not there, behind it. */
function rankIn(names: readonly string[]): (name: string) => number {
  const ranks = new Map([...new Set(names)].map((name, rank) => [name, rank]));
  return (name) => ranks.get(name) ?? ranks.size;
}
