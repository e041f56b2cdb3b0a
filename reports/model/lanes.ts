// Who has a lane: every process that the trace names, then the services, in an order that reads like the architecture.
import { linesOf } from '../trace/lines.ts';
import type { TraceLine } from '../trace/lines.ts';
import { readEffect } from '../trace/step-texts.ts';
import { serviceOf } from './categories.ts';
import { NONE } from './model.ts';
import type { Lane, Role } from './model.ts';

const order: readonly Role[] = ['client', 'job-manager', 'task-manager', 'process', 'service'];
const serviceOrder: readonly string[] = ['ha', 'storage', 'sink', 'source', 'artifact', 'service'];

/** Names to lanes. What is asked for and has none gets NONE: nothing is drawn of it. */
export interface Lanes {
  readonly list: readonly Lane[];
  indexOf(name: string): number;
}

export function lanesOf(lines: readonly TraceLine[]): Lanes {
  const nodes = new Set<string>();
  const services = new Set<string>();
  for (const line of lines) if ('node' in line) nodes.add(line.node);
  for (const { effects } of linesOf(lines, 'stepped')) {
    for (const text of effects) {
      const effect = readEffect(text);
      if (effect.kind === 'request') services.add(serviceOf(effect.text));
    }
  }
  for (const { service } of linesOf(lines, 'service-cut')) services.add(service);
  const list = [...[...nodes].map(laneOfNode), ...[...services].map((name): Lane => ({ name, role: 'service' }))];
  list.sort(compareLanes);
  const indexes = new Map(list.map(({ name }, index) => [name, index]));
  return { list, indexOf: (name) => indexes.get(name) ?? NONE };
}

function laneOfNode(name: string): Lane {
  const prefix = name.split('-', 1)[0];
  const role: Role =
    prefix === 'jm' ? 'job-manager' : prefix === 'tm' ? 'task-manager' : prefix === 'client' ? 'client' : 'process';
  return { name, role };
}

function compareLanes(one: Lane, other: Lane): number {
  if (one.role !== other.role) return order.indexOf(one.role) - order.indexOf(other.role);
  if (one.role === 'service') return serviceOrder.indexOf(one.name) - serviceOrder.indexOf(other.name);
  return one.name.localeCompare(other.name, 'en', { numeric: true });
}
