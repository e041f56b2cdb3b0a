// JSON from outside: values come as they are written, and a number that no double holds is refused with its field, wherever it stands.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asReadFromJson, describeInt64, isKeptByJson, jsonOf } from '../../../src/core/base/json-value.ts';
import { describeLostNumber, parseJson, type NumberPlaces } from '../../../src/core/base/parse-json.ts';
import { anyInt64, anyText, anyValue, expectSame } from './values.ts';

const exactly = (literal: string, place: string, nearest: string): string =>
  `no double holds ${literal}${place} exactly, the nearest is ${nearest}: write it as a text`;

test.each<[string, string]>([
  ['{"author":1460342734571012097}', exactly('1460342734571012097', ' at .author', '1460342734571012096')],
  ['{"author": {"id":1460342734571012097}}', exactly('1460342734571012097', ' at .author.id', '1460342734571012096')],
  ['9007199254740993', exactly('9007199254740993', '', '9007199254740992')],
  [' -9007199254740993 ', exactly('-9007199254740993', '', '-9007199254740992')],
  ['[1,{"ids":[0,[7,\t9007199254740993]]}]', exactly('9007199254740993', ' at [1].ids[1][1]', '9007199254740992')],
  [
    '{"a":[[],{},[{}]],"b":[{"c":1},{"c":9007199254740995}]}',
    exactly('9007199254740995', ' at .b[1].c', '9007199254740996'),
  ],
  ['{"a":"9007199254740993","b" : 9007199254740993}', exactly('9007199254740993', ' at .b', '9007199254740992')],
  ['{"\\"a\\\\":"]}\\",","b":9007199254740993}', exactly('9007199254740993', ' at .b', '9007199254740992')],
  ['{"a b\\u0021":{"":9007199254740993}}', exactly('9007199254740993', ' at .a b!.', '9007199254740992')],
  ['{"a":1e999,"b":9007199254740993}', '1e999 at .a is beyond all doubles: write it as a text'],
  ['{"a":[-1E+400]}', '-1E+400 at .a[0] is beyond all doubles: write it as a text'],
  ['18446744073709551615', exactly('18446744073709551615', '', '18446744073709551616')],
  [`[${'9'.repeat(400)}]`, `${'9'.repeat(100)}… at [0] is beyond all doubles: write it as a text`],
  [`${'['.repeat(33)}${']'.repeat(33)}`, `something nested deeper than 32 at ${'[0]'.repeat(32)}`],
])('%s is refused', (text, reason) => {
  expect(parseJson(text)).toMatchObject({ ok: false, isJson: true, reason });
});

test.each<[string, unknown]>([
  ['9007199254740991', 2 ** 53 - 1],
  ['9007199254740992', 2 ** 53],
  ['9007199254740994', 2 ** 53 + 2],
  ['-9007199254740992', -(2 ** 53)],
  ['1152921504606846976', 2 ** 60],
  ['9223372036854775808', 2 ** 63],
  [`1${'0'.repeat(22)}`, 1e22],
  ['9007199254740993.0', 2 ** 53],
  ['9007199254740993e0', 2 ** 53],
  ['0.12345678901234567890', 0.12345678901234568],
  ['1.7976931348623157e308', Number.MAX_VALUE],
  ['1e-400', 0],
  ['-0', -0],
  ['-0.0', -0],
  ['"9007199254740993"', '9007199254740993'],
  ['{"1460342734571012097":"1e400"}', { '1460342734571012097': '1e400' }],
  ['{"__proto__":1e300}', JSON.parse('{"__proto__":1e300}')],
])('%s is taken', (text, value) => {
  expectSame(parseJson(text), value);
});

test('what is no JSON is told in the words of the engine, and on one line', () => {
  const parsed = parseJson('{"a":\n1e}');
  expect(parsed).toMatchObject({ ok: false, isJson: false, reason: expect.stringMatching(/^Exponent part.*$/) });
});

test('the place of a number in a text of many lines', () => {
  const text = '{\n"a": [\n1,\n9007199254740993]}';
  expect(parseJson(text)).toMatchObject({ ok: false, at: text.indexOf('9007') });
});

describe('whatever is written', () => {
  test('comes back as it was, as JSON.stringify writes it or as we do', () => {
    fc.assert(
      fc.property(anyValue.filter(isKeptByJson), (value) => {
        if (describeInt64(value) === null) expectSame(parseJson(jsonOf(value)), value);
        expectSame(parseJson(jsonOf(value), 'exact'), asReadFromJson(value));
      }),
    );
  });

  const anyDigits = fc.oneof(
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
    fc.bigInt({ min: 2n ** 53n - 9n, max: 2n ** 53n + 9n }),
    fc.integer({ min: 53, max: 80 }).map((bits) => 2n ** BigInt(bits)),
  );

  /** Lists and objects around a number: the text, and the path to it. */
  const around = fc.array(fc.oneof(fc.nat({ max: 3 }), anyText), { maxLength: 6 });

  test('a whole number is held exactly, or refused with its path', () => {
    fc.assert(
      fc.property(anyDigits, around, (number, steps) => {
        let text = ` ${number} `;
        for (const step of [...steps].reverse())
          text =
            typeof step === 'number'
              ? `[${'"],[1,",'.repeat(step)}${text}, 9007199254740993]`
              : `{"z${step.length}":1 , ${JSON.stringify(step)} :${text},"y":9007199254740993}`;
        const path = steps.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
        const parsed = parseJson(text);
        const isHeld = BigInt(Number(number)) === number;
        if (steps.length === 0 && isHeld) expectSame(parsed, Number(number));
        else if (!isHeld) {
          const place = path === '' ? '' : ` at ${path.length > 100 ? `${path.slice(0, 100)}…` : path}`;
          expect(parsed).toMatchObject({
            ok: false,
            reason: exactly(String(number), place, String(BigInt(Number(number)))),
          });
        } else expect(parsed).toMatchObject({ ok: false, reason: expect.stringContaining('9007199254740993') });
      }),
    );
  });

  test('a literal is refused if and only if it is whole and not held', () => {
    const literal = fc.tuple(anyDigits, fc.constantFrom('', '.0', '.5', 'e0', 'E+1'));
    fc.assert(
      fc.property(literal, ([whole, rest]) => {
        const isLost = rest === '' && BigInt(Number(whole)) !== whole;
        expect(describeLostNumber(`${whole}${rest}`, '') === null).toBe(!isLost);
      }),
    );
  });
});

describe('where it is declared', () => {
  const places: NumberPlaces = {
    fields: { id: 'int64', share: 'float64', tags: { items: 'int64' }, author: { fields: { id: 'int64' } } },
  };

  test.each<[string, unknown]>([
    ['{"id":9007199254740993}', { id: 2n ** 53n + 1n }],
    ['{"id":-9223372036854775808,"n":1}', { id: -(2n ** 63n), n: 1 }],
    ['{"id":9223372036854775807}', { id: 2n ** 63n - 1n }],
    ['{"id":5,"share":5,"n":5}', { id: 5n, share: 5, n: 5 }],
    ['{"id":-0}', { id: 0n }],
    ['{"share":9007199254740993,"id":9007199254740993}', { share: 2 ** 53, id: 2n ** 53n + 1n }],
    ['{"tags":[1,9007199254740993,null,"2"]}', { tags: [1n, 2n ** 53n + 1n, null, '2'] }],
    ['{"author":{"id":9007199254740993,"age":1e300}}', { author: { id: 2n ** 53n + 1n, age: 1e300 } }],
    [
      '{"id":9007199254740993,"__proto__":1e300}',
      JSON.parse('{"id":0,"__proto__":1e300}', (name, value: unknown) => (name === 'id' ? 2n ** 53n + 1n : value)),
    ],
    ['{"id":0.5}', { id: 0.5 }],
    ['{"id":1e20}', { id: 1e20 }],
    ['{"id":"7","tags":7}', { id: '7', tags: 7 }],
    ['{"id":null}', { id: null }],
    ['[{"id":7}]', [{ id: 7 }]],
  ])('%s is taken', (text, value) => {
    expectSame(parseJson(text, places), value);
  });

  test.each<[string, string]>([
    ['{"id":9223372036854775808}', '9223372036854775808 at .id is beyond 64 bits: write it as a text'],
    ['{"tags":[1,-9223372036854775809]}', '-9223372036854775809 at .tags[1] is beyond 64 bits: write it as a text'],
    [`{"id":${'9'.repeat(400)}}`, `${'9'.repeat(100)}… at .id is beyond 64 bits: write it as a text`],
    ['{"share":1e999}', '1e999 at .share is beyond all doubles: write it as a text'],
    ['{"id":9007199254740993,"n":9007199254740993}', exactly('9007199254740993', ' at .n', '9007199254740992')],
    ['{"tags":{"id":9007199254740993}}', exactly('9007199254740993', ' at .tags.id', '9007199254740992')],
  ])('%s is refused', (text, reason) => {
    expect(parseJson(text, places)).toMatchObject({ ok: false, isJson: true, reason });
  });

  test('a text is gone through once, however many of its numbers are large', () => {
    const digits = '9007199254740993';
    const many = 50_000; // from the beginning for each of them would be a minute
    const parsed = parseJson(`{"tags":[${Array.from({ length: many }, () => digits).join()}]}`, places);
    expect(parsed.ok && (parsed.value as { tags: bigint[] }).tags.every((tag) => tag === BigInt(digits))).toBe(true);
  });

  test('an int64 comes back from what was written', () => {
    fc.assert(
      fc.property(anyInt64, anyInt64, (id, tag) => {
        const record = { id, tags: [tag], author: { id: tag } };
        expectSame(parseJson(jsonOf(record), places), record);
      }),
    );
  });
});
