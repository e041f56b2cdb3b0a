// State of built-in aggregates as it comes back from a snapshot: an object of what each cell holds, by its name.
import type { Value } from '../base/value.ts';
import type { StateColumn } from './state-column.ts';
import type { ReadValues } from './table-restore.ts';

export function isAggregateState(value: Value): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** Reads as `read` does, if one of its columns, by its place, holds nothing but such state; else it has to be read by entries. */
export function readingStates(read: ReadValues, place: number): ReadValues {
  return (reader, count) => {
    const values = read(reader, count);
    return values !== null && holdsStates(values.columns[place] as StateColumn) ? values : null;
  };
}

function holdsStates({ kind, cells }: StateColumn): boolean {
  return kind === 'fields' || (kind === 'values' && (cells as readonly Value[]).every(isAggregateState));
}
