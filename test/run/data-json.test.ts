// Data comes back from JSON exactly as it went in, whatever machines are given and give; what is no data is refused.
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { losses } from '../../src/core/base/losses.ts';
import { dataFromJson, dataToJson } from '../../src/run/data-json.ts';
import { readTraceLine } from '../../src/run/read-trace.ts';
import { LineReader, LineWriter } from '../../src/run/trace-lines.ts';
import type { Observation } from '../../src/run/observation.ts';
import { anyNumber, anyText, anyValue } from '../core/base/values.ts';
import { anyMessage } from '../core/protocol/messages.ts';
import { anyAnswer, anyRequest } from './ports.ts';

function expectSame(data: unknown): void {
  const text = dataToJson(data);
  expect(text).not.toContain('\n');
  if (!isDeepStrictEqual(dataFromJson(text), data)) expect(dataFromJson(text)).toStrictEqual(data);
}

const anyTypedArray = fc.oneof(
  fc.uint8Array(),
  fc.int8Array(),
  fc.uint16Array(),
  fc.int16Array(),
  fc.uint32Array(),
  fc.int32Array(),
  fc.float32Array(),
  fc.float64Array(),
);
const anyLeaf = fc.oneof(anyValue, anyTypedArray, anyNumber);
/** Also of what only states hold. */
const anyData = fc.oneof(
  anyLeaf,
  fc.array(fc.tuple(anyLeaf, anyLeaf)).map((entries) => new Map(entries)),
  fc.array(anyLeaf).map((items) => new Set(items)),
  fc.array(anyNumber.chain((number) => fc.array(fc.constant(number)))),
  fc.tuple(anyText, anyLeaf).map(([name, value]) => ({ [`$${name}`]: value })),
);

test('any data', () => {
  fc.assert(fc.property(anyData, expectSame), { numRuns: 500 });
});

test.each([
  [{ $bytes: 'no bytes' }],
  [{ $plain: { $plain: 1 } }],
  [{ $seen: 3 }],
  [{ $same: [3, 0] }],
  [[-0, -0, -0]],
  [[0, 0, -0]],
  [[Number.NaN, Number.NaN, Number.NaN]],
  [new Map([[new Uint8Array([0, 255]), new Set([Infinity, -Infinity])]])],
  [new Float64Array([1, 2, 3]).subarray(1)],
  [JSON.parse('{"__proto__":1,"a":2}') as unknown],
])('%j', (data) => expectSame(data));

test.each([
  [undefined, 'undefined'],
  [{ a: undefined }, 'undefined'],
  [[1, , 3], 'undefined'], // oxlint-disable-line no-sparse-arrays -- a hole is no data
  [() => 1, 'a function'],
  [2n ** 63n, 'a bigint beyond 64 bits (-2^63 to 2^63 - 1)'],
  [new Date(0), 'Date'],
  [new Error('x'), 'Error'],
  [new BigUint64Array(1), 'BigUint64Array'],
])('%o is no data', (data, what) => {
  expect(() => dataToJson(data)).toThrow(`holds ${what}, which is not data`);
});

test('texts that are longer than is wanted are cut, and say so; no letter is cut in two', () => {
  const data = { short: 'abcd', records: [{ text: 'abcdefg' }, 'abc😀'] };
  const read = dataFromJson(dataToJson(data, { charactersMax: 4 }));
  expect(read).toEqual({ short: 'abcd', records: [{ text: 'abcd… (7 characters)' }, 'abc\ufffd… (5 characters)'] });
});

test.each(['{"$odd":1}', '{"$bytes":"ab"}', '{"$bytes":"ab!="}', '{"$bytes":1}', '{"$same":[1e9,0]}', '{"$seen":0}'])(
  '%s is refused',
  (text) => {
    expect(() => dataFromJson(text)).toThrow();
  },
);

const clock = fc.record({ now: anyNumber, wallTime: anyNumber }, { noNullPrototype: true });
const process = { node: 'tm-1', incarnation: 3 };
const anyNote = fc.tuple(anyText, anyValue).map(([kind, value]) => ({ kind, value }));
const anyInput = fc.oneof(
  fc.tuple(clock, anyMessage).map(([at, message]) => ({ kind: 'message', ...at, message })),
  fc
    .tuple(clock, fc.maxSafeNat(), anyAnswer)
    .map(([at, request, answer]) => ({ kind: 'completed', ...at, request, answer })),
  clock.map((at) => ({ kind: 'start', ...at, incarnation: 7 })),
  clock.map((at) => ({ kind: 'wake', ...at })),
  fc.tuple(clock, anyText).map(([at, peer]) => ({ kind: 'connection-lost', ...at, peer, streamClass: 'data' })),
);
const anyEffect = fc.oneof(
  anyMessage,
  fc.tuple(fc.maxSafeNat(), anyRequest).map(([id, request]) => ({ effect: 'request', id, request })),
  anyNote.map((note) => ({ effect: 'note', note })),
  fc.oneof(anyText, anyNote).map((reason) => ({ effect: 'halt', reason })),
);
const anyObservation = fc.oneof(
  fc
    .tuple(anyInput, fc.array(anyEffect, { maxLength: 3 }), fc.nat())
    .map(([input, effects, leavesAt]) => ({ kind: 'stepped', ...process, input, effects, leavesAt })),
  fc
    .tuple(fc.maxSafeNat(), anyRequest, anyAnswer)
    .map(([id, request, answer]) => ({ kind: 'applied', ...process, id, request, answer })),
  fc.tuple(anyMessage, fc.constantFrom(...losses)).map(([message, why]) => ({ kind: 'lost', message, why })),
) as unknown as fc.Arbitrary<Observation>;

test('whatever is seen of a run, and whatever of it was seen before', () => {
  const run = fc.array(anyObservation, { maxLength: 4 }).map((seen) => [...seen, ...seen]); // the second time by number
  fc.assert(
    fc.property(run, (observations) => {
      const [writer, reader] = [new LineWriter(), new LineReader()];
      for (const [event, seen] of observations.entries()) {
        const read = readTraceLine(writer.write({ at: event, event }, seen), reader);
        const line = { at: event, event, ...seen };
        if (!read.ok) throw new Error(read.reason);
        if (!isDeepStrictEqual(read.value, line)) expect(read.value).toStrictEqual(line);
      }
    }),
    { numRuns: 300 },
  );
});
