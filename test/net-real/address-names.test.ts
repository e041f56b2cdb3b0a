// Addresses in sentences stand behind the names of their processes, and nothing else is touched.
import { expect, test } from 'vitest';
import { withNames } from '../../src/net-real/address-names.ts';

const names = new Map([
  ['127.0.0.1:4242', 'tm-2'],
  ['[::1]:4242', 'tm-3'],
  ['worker-7.example.org:6123', 'tm-4'],
]);

test.each([
  ['127.0.0.1:4242 is lost', 'tm-2 at 127.0.0.1:4242 is lost'],
  ['the connection to [::1]:4242 was lost', 'the connection to tm-3 at [::1]:4242 was lost'],
  ['(worker-7.example.org:6123)', '(tm-4 at worker-7.example.org:6123)'],
  ['127.0.0.1:4242, 127.0.0.1:4242', 'tm-2 at 127.0.0.1:4242, tm-2 at 127.0.0.1:4242'],
])('%s', (text, named) => expect(withNames(text, (address) => names.get(address) ?? null)).toBe(named));

test.each(['127.0.0.1:42', '127.0.0.1:42421', '1127.0.0.1:4242', '127.0.0.1:4242:7', 'job:1 at 12:30', 'nothing'])(
  '%s stays as it is',
  (text) => expect(withNames(text, (address) => names.get(address) ?? null)).toBe(text),
);
