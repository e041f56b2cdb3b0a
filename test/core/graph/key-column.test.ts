// Keys of a column: those that the field gives record by record, with their hashes; or none, where a record has no key.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Key, Value } from '../../../src/core/base/value.ts';
import { recordsOf } from '../../../src/core/columns/typed-column.ts';
import { hashKeys, keyColumnOf } from '../../../src/core/graph/key-column.ts';
import { fieldKey } from '../../../src/core/graph/key-field.ts';
import { keyGroupOf, subtaskOfKeyGroup, subtasksOfKeyGroups } from '../../../src/core/graph/key-groups.ts';
import { hashKey } from '../../../src/core/graph/keys.ts';
import { anyInt64, anyNumber, anyText, anyValue } from '../base/values.ts';

const anyPart = fc.constantFrom<fc.Arbitrary<Value>>(
  fc.integer(),
  anyNumber,
  anyInt64,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  anyText,
  fc.boolean(),
  fc.option(fc.integer()),
  fc.array(fc.integer(), { maxLength: 2 }),
  anyValue,
);

const anyRows = anyPart.chain((part) =>
  fc.array(
    part.map((id) => ({ length: id, at: { id } })),
    { minLength: 1, maxLength: 5 },
  ),
);

test.each(['length', 'at.id', 'at', 'id', 'at.length'])('%s', (field) => {
  const seen = { some: 0, none: 0 };
  fc.assert(
    fc.property(anyRows, (rows) => {
      const column = recordsOf(rows, rows.length);
      const keys = column && keyColumnOf(column, field.split('.'));
      if (keys === null) {
        seen.none += 1;
        return;
      }
      seen.some += 1;
      const given = rows.map((row): Key => fieldKey(field)(row));
      const hashes = new Int32Array(rows.length + 1);
      hashKeys(keys, hashes);
      expect([...hashes]).toEqual([...given.map(hashKey), 0]);
    }),
    { numRuns: 300 },
  );
  expect(seen.some > 0).toBe(field === 'length' || field === 'at.id');
  expect(seen.none).toBeGreaterThan(0);
});

test('a table of key groups says what the formula does', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 }), anyText, (most, some, key) => {
      const parallelism = Math.min(most, some);
      const group = keyGroupOf(key, most);
      expect(subtasksOfKeyGroups(most, parallelism)[group]).toBe(subtaskOfKeyGroup(group, most, parallelism));
    }),
  );
});
