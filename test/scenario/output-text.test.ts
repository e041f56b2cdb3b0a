// The committed output of a job as text: one value a line, also what JSON has no words for.
import { expect, test } from 'vitest';
import type { Value } from '../../src/core/base/value.ts';
import { outputOf } from '../../src/scenario/output-text.ts';

test.each<[string, Value, string]>([
  ['an int64', { id: 2n ** 63n - 1n }, '{"id":9223372036854775807}'],
  ['bytes', { bytes: Uint8Array.of(1, 255) }, '{"bytes":"01ff"}'],
  ['bytes beside an int64', [2n ** 53n + 1n, Uint8Array.of(7)], '[9007199254740993,"07"]'],
  ['a number that is none, beside an int64', { of: { id: -1n, share: Number.NaN } }, '{"of":{"id":-1,"share":null}}'],
])('%s is said', (_, record, line) => {
  expect(outputOf({ name: 'lines' }, { finished: true, committed: { out: [record] } })).toBe(`${line}\n`);
});
