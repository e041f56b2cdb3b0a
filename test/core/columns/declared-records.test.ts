// Records of generated schemas: from a source to columns, bytes and back they are what their schema says, whatever order and absent fields they came with.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createByteWriter, takeBytes } from '../../../src/core/base/bytes.ts';
import { jsonOf } from '../../../src/core/base/json-value.ts';
import type { Value } from '../../../src/core/base/value.ts';
import { columnOf } from '../../../src/core/columns/column.ts';
import { fitOf, fitted } from '../../../src/core/columns/fit.ts';
import { schemaProblem, type ColumnType, type Schema } from '../../../src/core/columns/schema.ts';
import { typedColumn } from '../../../src/core/columns/typed-column.ts';
import { batchOfColumns, batchOfRows, valuesOfBatch } from '../../../src/core/graph/batch.ts';
import { decodeBatch, writeBatch } from '../../../src/core/graph/batch-codec.ts';
import { csvSink } from '../../../src/net-real/connectors/csv.ts';
import { declaredLines, parseJsonLine } from '../../../src/net-real/connectors/json-line.ts';
import { parseCsvRow } from '../../../src/net-real/connectors/csv-row.ts';
import { typedRecord, type RecordFit } from '../../../src/net-real/connectors/csv-types.ts';
import { dataToJson } from '../../../src/run/data-json.ts';

const anyName = fc.constantFrom('a', 'b', 'at', 'kind', 'a b', 'ä', '"', 'toString', 'constructor');
const scalars = ['int32', 'int64', 'float64', 'boolean', 'string', 'timestamp'] as const;

const { record: anySchema } = fc.letrec<{ type: ColumnType; record: Schema }>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...scalars).map((kind): ColumnType => ({ kind })),
    tie('type').map((items): ColumnType => ({ kind: 'list', items })),
    tie('record'),
    tie('type').map((present): ColumnType => (present.kind === 'nullable' ? present : { kind: 'nullable', present })),
  ),
  record: fc
    .uniqueArray(fc.tuple(anyName, tie('type')), { minLength: 1, maxLength: 5, selector: ([name]) => name })
    .map((fields): Schema => ({ kind: 'record', fields: Object.fromEntries(fields) })),
}));

const anyFloat = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(-0, 2 ** 53, 2 ** 53 + 2, -1e300, 5e-324),
);

/** Texts that a file of UTF-8 holds. */
const anyWellFormed = fc.string({ unit: 'binary' }).map((text) => text.toWellFormed());

function valuesOfType(type: ColumnType): fc.Arbitrary<Value> {
  switch (type.kind) {
    case 'int32':
      return fc.oneof(fc.integer(), fc.integer({ min: 0, max: 3 }));
    case 'int64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case 'float64':
      return anyFloat;
    case 'boolean':
      return fc.boolean();
    case 'string':
      return anyWellFormed;
    case 'timestamp':
      return fc
        .oneof(fc.integer({ min: -8.64e15, max: 8.64e15 }), fc.integer({ min: 1.7e12, max: 1.7e12 + 9 }))
        .map((at) => at + 0);
    case 'list':
      return fc.array(valuesOfType(type.items), { maxLength: 4 });
    case 'nullable':
      return fc.option(valuesOfType(type.present), { freq: 3 });
    case 'record':
      return fc
        .tuple(
          ...Object.entries(type.fields).map(([name, field]) =>
            valuesOfType(field).map((value) => [name, value] as const),
          ),
        )
        .map((fields) => Object.fromEntries(fields));
  }
}

const anyRecords = anySchema.chain((schema) =>
  fc.tuple(fc.constant(schema), fc.array(valuesOfType(schema), { minLength: 1, maxLength: 40 })),
);

/** The same record as somebody else writes it: fields the other way round, and none that are null. */
function otherwise(value: Value): Value {
  if (Array.isArray(value)) return value.map(otherwise);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value as Readonly<Record<string, Value>>).filter(([, field]) => field !== null);
  return Object.fromEntries(fields.toReversed().map(([name, field]) => [name, otherwise(field)]));
}

const wire = (batch: ReturnType<typeof batchOfRows>): Value => {
  const writer = createByteWriter(1);
  writeBatch(writer, batch);
  const read = decodeBatch(takeBytes(writer));
  if (!read.ok) throw new Error(read.reason);
  return valuesOfBatch(read.value);
};

test('records go through files, columns and bytes, and are what their schema says', () => {
  fc.assert(
    fc.property(anyRecords, ([schema, records]) => {
      expect(schemaProblem(schema)).toBe(null);
      const fit = fitOf(schema);
      const text = dataToJson(records);
      for (const record of records) expect(fitted(fit, record)).toEqual({ ok: true, value: record });
      const lines = records.map((record) => parseJsonLine(Buffer.from(jsonOf(otherwise(record))), declaredLines(fit)));
      const read = lines.map((line) => (line.ok ? line.value : line.reason));
      expect(dataToJson(read)).toBe(text); // fields in the order of the schema, too
      const times = new Float64Array(records.length);
      expect(dataToJson(wire(batchOfRows(read, times)))).toBe(text);
      expect(dataToJson(wire(batchOfColumns(typedColumn(columnOf(read)), times)))).toBe(text);
    }),
  );
});

/** An empty field is null. */
const hasEmptyText = (record: Value): boolean => Object.values(record as Record<string, Value>).includes('');

test('what a sink writes as columns, a source of the same schema reads', () => {
  fc.assert(
    fc.property(anyRecords, ([schema, records]) => {
      fc.pre(!records.some(hasEmptyText));
      const fit = fitOf(schema) as RecordFit;
      const places = fit.names.map((_, at) => at);
      for (const record of records) {
        const { text } = csvSink.encode([record], fit.names, new Map());
        const fields = parseCsvRow(text.slice(0, -2), ',');
        if (!fields.ok) throw new Error(fields.reason);
        const found = typedRecord(fields.value, fit, places);
        expect(found.ok ? dataToJson(found.value) : found.reason).toBe(dataToJson(record));
      }
    }),
  );
});

test('a record with something else in it is refused', () => {
  fc.assert(
    fc.property(anyRecords, fc.nat(), ([schema, [record]], place) => {
      const names = Object.keys(schema.fields);
      const name = names[place % names.length] as string;
      const refused = fitted(fitOf(schema), { ...(record as object), [name]: new Uint8Array(1) });
      expect(refused.ok ? '' : refused.reason).toContain(`field "${name}" must be `);
      expect(fitted(fitOf(schema), { ...(record as object), other: 1 }).ok).toBe(false);
    }),
  );
});
