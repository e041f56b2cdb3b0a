// What operators say of fields against the schemas of the sources whose records they take.
import { unknownName } from '../base/options.ts';
import { describeType, pathOf, typeAt, type ColumnType, type ScalarKind, type Schema } from '../columns/schema.ts';
import type { AggregateKind } from './aggregates.ts';
import type { JobGraph, Operator, SourceOperator } from './job-graph.ts';

type Declaring = SourceOperator & { readonly schema: Schema };

/** A sentence for each field that a schema has not, or not as it is needed. */
export function schemaMistakes(graph: JobGraph): readonly string[] {
  return [
    ...twoSchemas(graph),
    ...graph.operators.flatMap((operator) => {
      const uses = usesOf(operator);
      if (uses.length === 0) return [];
      return sourcesOf(operator, graph).flatMap((source) => uses.flatMap((use) => mistakeIn(use, source, operator)));
    }),
  ];
}

/** The records of a topic are what they are. */
function twoSchemas({ operators }: JobGraph): readonly string[] {
  const first = new Map<string, SourceOperator>();
  return operators.flatMap((operator) => {
    if (operator.kind !== 'source') return [];
    const other = first.get(operator.topic);
    if (other === undefined) first.set(operator.topic, operator);
    if (other === undefined || textOf(other) === textOf(operator)) return [];
    return [
      `${label(operator)}: it reads the topic "${operator.topic}" with ${textOf(operator)}, and source "${other.id}" with ${textOf(other)}`,
    ];
  });
}

function textOf({ schema }: SourceOperator): string {
  return schema === undefined ? 'no schema' : `the schema ${describeType(schema)}`;
}

interface FieldUse {
  /** `its key`, `its aggregate "worst"`. */
  readonly what: string;
  readonly field: string;
  readonly wanted: string;
  readonly isWanted: (type: ColumnType) => boolean;
}

function usesOf(operator: Operator): readonly FieldUse[] {
  const uses: FieldUse[] = [];
  if ('keyField' in operator && operator.keyField !== undefined)
    uses.push({ what: 'its key', field: operator.keyField, wanted: 'a string, number or boolean', isWanted: isKey });
  if (!('aggregates' in operator)) return uses;
  for (const { name, of, field } of operator.aggregates)
    if (field !== undefined) uses.push({ what: `its aggregate "${name}"`, field, ...WANTED[of] });
  return uses;
}

const NUMBERS: readonly ScalarKind[] = ['int32', 'int64', 'float64', 'timestamp'];
const ORDERED: readonly ScalarKind[] = [...NUMBERS, 'string'];

const isOf =
  (kinds: readonly ScalarKind[]) =>
  ({ kind }: ColumnType): boolean =>
    (kinds as readonly ColumnType['kind'][]).includes(kind);
const isKeyPart = isOf([...ORDERED, 'boolean']);

/** A tuple is a key as well. */
function isKey(type: ColumnType): boolean {
  return isKeyPart(type) || (type.kind === 'list' && isKeyPart(type.items));
}

const number = { wanted: 'a number', isWanted: isOf(NUMBERS) };
const ordered = { wanted: 'a number or string', isWanted: isOf(ORDERED) };
const anything = { wanted: 'anything', isWanted: () => true };

// millrace-lint-ignore module-state: never changes
const WANTED: { readonly [K in AggregateKind]: Pick<FieldUse, 'wanted' | 'isWanted'> } = {
  count: anything,
  sum: number,
  avg: number,
  min: ordered,
  max: ordered,
  minBy: ordered,
  maxBy: ordered,
  first: anything,
  last: anything,
  countDistinct: { wanted: 'a string, number or boolean', isWanted: isKeyPart },
};

/** Whose records come to an operator as they are: filters hand them on. */
function sourcesOf(operator: Operator, { operators, edges }: JobGraph): readonly Declaring[] {
  const reached = new Set([operator.id]);
  const sources: Declaring[] = [];
  for (const to of reached) {
    for (const edge of edges) {
      const from = edge.to === to ? operators.find(({ id }) => id === edge.from) : undefined;
      if (from?.kind === 'source' && from.schema !== undefined) sources.push(from as Declaring);
      if (from?.kind === 'filter') reached.add(from.id);
    }
  }
  return sources;
}

function mistakeIn(use: FieldUse, { id, schema }: Declaring, operator: Operator): readonly string[] {
  const { what, field, wanted, isWanted } = use;
  const type = typeAt(schema, field.split('.'));
  if (type !== null && isWanted(type)) return [];
  const begin = `${label(operator)}: by the schema of source "${id}"`;
  if (type !== null)
    return [`${begin} the field "${field}" of ${what} is ${describeType(type)}, and must be ${wanted}`];
  const known = fieldsOf(schema, '').flatMap(([path, known]) => (isWanted(known) ? [path] : []));
  return [`${begin} ${what} is of an ${unknownName('field', field, known)}`];
}

function fieldsOf({ fields }: Schema, path: string): readonly (readonly [string, ColumnType])[] {
  return Object.entries(fields).flatMap(([name, type]) => {
    const own = pathOf(path, name);
    return [[own, type] as const, ...(type.kind === 'record' ? fieldsOf(type, own) : [])];
  });
}

function label(operator: Operator): string {
  return `operator "${operator.id}" (${operator.kind})`;
}
