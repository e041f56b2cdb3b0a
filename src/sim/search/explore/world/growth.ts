// What a space without end grows by: the field of a node's state that took the most values.
import type { NodePart } from './parts.ts';
import type { Parts } from '../parts.ts';

/** A field of a node, and how many values it took in the states that were looked at. */
export interface Growth {
  readonly node: string;
  /** As in `.requests.nextId`. */
  readonly field: string;
  readonly values: number;
  /** Of so many different states of the node. */
  readonly states: number;
}

const SAMPLE_MAX = 2_000;

/** The field of numbers that took the most values; null if none took more than a few. @param addresses by node */
export function growthOf(nodes: readonly Parts<NodePart>[], addresses: readonly string[]): Growth | null {
  const grown = nodes.map((parts, index) => fieldOf(parts, addresses[index] ?? ''));
  return grown.reduce((most, one) => (one !== null && one.values > (most?.values ?? FEW) ? one : most), null);
}

const FEW = 16;

function fieldOf(parts: Parts<NodePart>, node: string): Growth | null {
  const values = new Map<string, Set<number>>();
  const step = Math.max(1, Math.floor(parts.size / SAMPLE_MAX));
  let states = 0;
  for (let number = 0; number < parts.size; number += step) {
    if (!parts.has(number)) continue; // another process found it
    states += 1;
    noteNumbers(parts.valueOf(number).record.state, '', values);
  }
  let most: Growth | null = null;
  for (const [field, seen] of values)
    if (seen.size > (most?.values ?? 0)) most = { node, field, values: seen.size, states };
  return most;
}

/** Items of lists, and what lies under a key, are one field: there may be ever more of them. */
function noteNumbers(value: unknown, path: string, values: Map<string, Set<number>>): void {
  if (typeof value === 'number') {
    const seen = values.get(path) ?? new Set();
    values.set(path, seen.add(value));
  }
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  if (value instanceof Map) for (const [, item] of value) noteNumbers(item, `${path}{}`, values);
  else if (value instanceof Set) for (const item of value) noteNumbers(item, `${path}{}`, values);
  else if (Array.isArray(value)) for (const item of value) noteNumbers(item, `${path}[]`, values);
  else for (const [name, item] of Object.entries(value)) noteNumbers(item, `${path}.${name}`, values);
}
