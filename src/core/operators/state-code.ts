// Code for the declared state of `process`: accessors that read and write the columns of the key's row. What they do not do themselves (a key without a
// row, a column that must be widened, a value of another type) the plain twin in `state-fields.ts` does; a property test holds the two together.
import { defineAccessor, viewConstructor } from '../columns/view-object.ts';
import type { ScalarKind } from '../columns/schema.ts';
import { STATE_NAME, type StateFields } from '../graph/functions.ts';
import { readField, writeField, type StateCell, type StatePlan } from './state-fields.ts';
import { sharedNames } from './state-column.ts';
import { keepRow } from './table-pages.ts';

/** Null where the host generates none. @param place where the key of the call is: a `RowPlace`, without a table or a row where it has none */
export function generatedFields(plan: StatePlan, place: object, cell: StateCell): StateFields | null {
  const names = sharedNames([...plan.names]);
  const read = (at: number): unknown => readField(plan, cell, at);
  const write = (at: number, value: unknown): void => writeField(plan, cell, at, value);
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- the names are literals of JSON
    const make = new Function(
      'place',
      'names',
      'read',
      'write',
      'keepRow',
      'defineAccessor',
      'viewConstructor',
      bodyOf(plan),
    );
    return make(place, names, read, write, keepRow, defineAccessor, viewConstructor) as StateFields;
  } catch {
    return null;
  }
}

function bodyOf({ names, kinds, isNullable }: StatePlan): string {
  const accessors = names.map((name, at) => {
    const kind = isNullable[at] === true ? null : (kinds[at] as ScalarKind);
    return `defineAccessor(state, ${JSON.stringify(name)}, () => {
    ${readText(at, kind)}
    return read(${at});
  }, (value) => {
    ${writeText(at, kind)}
    write(${at}, value);
  });`;
  });
  return `'use strict';
const NAME = ${JSON.stringify(STATE_NAME)};
function fieldsAt({ table, row }) {
  if (table === null || row < 0) return null;
  const at = table.names[0] === NAME ? 0 : table.names.indexOf(NAME);
  if (at < 0) return null;
  const flags = table.present[at];
  if (flags !== null && flags.cells[row] !== 1) return null;
  const column = table.columns[at];
  return column.names === names ? column.fields : null;
}
function keep() {
  const { snapshot } = place.keyed;
  if (snapshot !== null) keepRow(snapshot, place.group, place.table, place.row);
}
const State = viewConstructor((state) => {
  ${accessors.join('\n  ')}
});
return new State();`;
}

/** Columns may hold what was stored before the state was declared, so that it is looked at what they give. */
function readText(at: number, kind: ScalarKind | null): string {
  const field = `const fields = fieldsAt(place);
    if (fields !== null) {
      const field = fields[${at}];
      const value = field.cells[place.row];`;
  switch (kind) {
    case 'int32':
      return `${field}
      if (field.kind === 'int32') return value;
    }`;
    case 'float64':
      return `${field}
      if (field.kind === 'float64' || field.kind === 'int32') return value;
    }`;
    case 'boolean':
      return `${field}
      if (field.kind === 'boolean') return value === 1;
    }`;
    case 'string':
      return `${field}
      if (typeof value === 'string') return value;
    }`;
    default:
      return '';
  }
}

function writeText(at: number, kind: ScalarKind | null): string {
  const to = (test: string, isKind: string, stored: string): string => `if (${test}) {
      const fields = fieldsAt(place);
      if (fields !== null) {
        const field = fields[${at}];
        if (${isKind}) {
          keep();
          field.cells[place.row] = ${stored};
          return;
        }
      }
    }`;
  switch (kind) {
    case 'int32':
      return to(`typeof value === 'number' && (value | 0) === value`, `field.kind === 'int32'`, 'value');
    case 'float64':
      return to(
        `typeof value === 'number'`,
        `field.kind === 'float64' || (field.kind === 'int32' && (value | 0) === value && (value !== 0 || 1 / value > 0))`,
        `value === value ? value : NaN`,
      );
    case 'boolean':
      return to(`typeof value === 'boolean'`, `field.kind === 'boolean'`, 'value ? 1 : 0');
    case 'string':
      return to(`typeof value === 'string'`, `field.kind === 'values'`, 'value');
    default:
      return '';
  }
}
