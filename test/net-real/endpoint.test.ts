// Addresses as text.
import { expect, test } from 'vitest';
import { formatEndpoint, parseEndpoint } from '../../src/net-real/endpoint.ts';

test.each([
  ['127.0.0.1:6123', { host: '127.0.0.1', port: 6123 }],
  ['[::1]:0', { host: '::1', port: 0 }],
  ['some-host:65535', { host: 'some-host', port: 65_535 }],
])('%s', (text, value) => {
  expect(parseEndpoint(text)).toEqual({ ok: true, value });
  expect(formatEndpoint(value)).toBe(text);
});

test.each(['', '6123', ':6123', 'host', 'host:', 'host:65536', 'host:1e3', '::1:80', 'host:1:2'])(
  '%j is none',
  (text) => {
    expect(parseEndpoint(text)).toMatchObject({ ok: false });
  },
);
