// Messages as bytes: every kind comes back as it was, and nothing that a peer sends makes the decoder throw.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sealBlob } from '../../../src/core/base/blob.ts';
import type { Result, Value } from '../../../src/core/base/value.ts';
import {
  decodeMessage,
  encodeMessage,
  encodeMessageInScratch,
  MESSAGE_FORMAT,
  messageAsBuilt,
  MESSAGE_VERSION,
} from '../../../src/core/protocol/codec.ts';
import type { Message } from '../../../src/core/protocol/messages.ts';
import { anyBytes, anyText, anyValue, damaged, expectRefused, expectResult, expectSame } from '../base/values.ts';
import { anyMessage, anyMessageOf, kinds } from './messages.ts';

/** With batches as they were sent. */
const decodeInRows = (bytes: Uint8Array): Result<Message> => {
  const message = decodeMessage(bytes);
  return message.ok ? { ok: true, value: messageAsBuilt(message.value) } : message;
};

const seal = (content: Value, version = MESSAGE_VERSION): Uint8Array => sealBlob(MESSAGE_FORMAT, version, content);
const refusal = (content: Value): string => expectRefused(decodeMessage(seal(content)));

describe('every kind comes back as it was', () => {
  test.each(kinds)('%s', (kind) => {
    fc.assert(
      fc.property(anyMessageOf(kind), (message) => expectSame(decodeInRows(encodeMessage(message)), message)),
      { numRuns: 30 },
    );
  });
});

test('in scratch a message has the same bytes', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      expect(encodeMessageInScratch(message)).toEqual(encodeMessage(message));
    }),
  );
});

/** Where a value can be broken: paths to all its fields and items. */
function pathsOf(value: Value, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [path];
  return [path, ...Object.entries(value).flatMap(([name, part]) => pathsOf(part, [...path, name]))];
}

/** The value with another one, or with nothing, in one place. */
function broken(value: Value, path: readonly string[], instead: Value | undefined): Value {
  const [name, ...rest] = path;
  if (name === undefined) return instead ?? null;
  const copy = (Array.isArray(value) ? [...(value as readonly Value[])] : { ...(value as object) }) as Record<
    string,
    Value
  >;
  if (rest.length > 0) copy[name] = broken(copy[name] as Value, rest, instead);
  else if (instead !== undefined) copy[name] = instead;
  else if (Array.isArray(copy)) copy.splice(Number(name), 1);
  else delete copy[name];
  return copy;
}

describe('refused with a sentence', () => {
  const status = ['client', 'jm-1', false, 'request-job-status', { jobId: 'words' }] as const;
  const elements = (content: Value): Value => {
    const channel = { jobId: 'j', epoch: 1, edge: 0, producer: 0, producerAttempt: 1, consumer: 0, consumerAttempt: 1 };
    return ['tm-1', 'tm-2', true, 'channel-elements', { channel, sequence: 1, elements: [content] }];
  };

  test.each<[string, Value, string]>([
    ['no list', 1, 'message is not a list of five fields'],
    ['too few fields', [1, 2], 'message is not a list of five fields'],
    ['no addresses', [1, ...status.slice(1)], 'message has no addresses'],
    ['an empty address', ['', ...status.slice(1)], 'message has no addresses'],
    [
      'a watermark that is no number',
      elements({ kind: 'watermark', timestamp: Number.NaN }),
      'channel-elements from "tm-1": elements[0].timestamp is not time',
    ],
    ['no stream class', ['client', 'jm-1', 1, status[3], status[4]], 'message has no stream class'],
    ['no kind', ['client', 'jm-1', false, { toJSON: 1 }, status[4]], 'message has no kind'],
    ['an unknown kind', ['client', 'jm-1', false, 'drop-tables', null], 'unknown message kind "drop-tables"'],
    ['a kind that every object has', ['client', 'jm-1', false, 'toString', null], 'unknown message kind "toString"'],
    ['no body', [...status.slice(0, 4), null], 'request-job-status from "client": value is not a record'],
    [
      'a field of another type',
      [...status.slice(0, 4), { jobId: 7 }],
      'request-job-status from "client": jobId is not string',
    ],
    [
      'an unknown element',
      elements({ kind: 'comet' }),
      'channel-elements from "tm-1": elements[0].kind is not "batch" or "watermark" or "barrier" or "end"',
    ],
    [
      'a batch that is no bytes',
      elements({ kind: 'batch', batch: { values: [1], timestamps: [0] } }),
      'channel-elements from "tm-1": elements[0].batch is not bytes',
    ],
    [
      'bytes that are no batch',
      elements({ kind: 'batch', batch: Uint8Array.of(200, 1) }),
      'channel-elements from "tm-1": elements[0].batch is not a batch: 200 values at byte 2 are too many',
    ],
  ])('%s', (_, content, sentence) => {
    expect(refusal(content)).toBe(sentence);
  });

  test('another version', () => {
    expect(decodeMessage(seal(status, 2))).toEqual({
      ok: false,
      reason: `millrace-message has version 2, this Millrace reads version ${MESSAGE_VERSION}`,
    });
  });

  test('another format', () => {
    expect(expectRefused(decodeMessage(sealBlob('millrace-snapshot', 1, null)))).toMatch(/^not a millrace-message: /);
  });

  test('names as long as a peer likes are shown in part', () => {
    const long = 'x'.repeat(100_000);
    refusal(['client', 'jm-1', false, long, null]);
    refusal([long, 'jm-1', false, 'request-job-status', null]);
  });
});

describe('never throws', () => {
  test('garbage', () => {
    fc.assert(fc.property(anyBytes(64), (bytes) => void expectRefused(decodeMessage(bytes))));
  });

  test('damage of any kind', () => {
    fc.assert(fc.property(damaged(anyMessage.map(encodeMessage)), (bytes) => void expectRefused(decodeMessage(bytes))));
  });

  test('any value in an intact seal', () => {
    const envelope = fc.tuple(anyText, anyText, fc.boolean(), fc.constantFrom<string>(...kinds), anyValue);
    fc.assert(fc.property(fc.oneof(anyValue, envelope), (content) => expectResult(decodeMessage(seal(content)))));
  });

  test('a message with something else, or nothing, in one place', () => {
    const change = fc.record({
      message: anyMessage,
      place: fc.nat(),
      instead: fc.option(anyValue, { nil: undefined }),
    });
    fc.assert(
      fc.property(change, ({ message, place, instead }) => {
        const { from, to, kind } = message;
        const body = message.body as unknown as Value;
        const paths = pathsOf(body);
        const path = paths[place % paths.length] ?? [];
        expectResult(decodeMessage(seal([from, to, true, kind, broken(body, path, instead)])));
      }),
      { numRuns: 300 },
    );
  });

  test('a message without one of its fields is refused', () => {
    const change = fc.record({ message: anyMessage, field: fc.nat() });
    fc.assert(
      fc.property(change, ({ message, field }) => {
        const body = message.body as unknown as Record<string, Value>;
        const names = Object.keys(body);
        const without = broken(body, [names[field % names.length]!], undefined);
        refusal([message.from, message.to, true, message.kind, without]);
      }),
    );
  });
});

test('a decoded message has the words of this source, so that comparing them stays cheap', () => {
  const message = {
    effect: 'send',
    streamClass: 'data',
    from: 'a',
    to: 'b',
    kind: 'request-job-status',
    body: { jobId: 'j' },
  };
  expect(decodeMessage(encodeMessage(message as Message))).toEqual({ ok: true, value: message });
});
