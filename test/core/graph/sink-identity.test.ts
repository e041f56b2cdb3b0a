// Whether two sinks are one place, however they are written and whichever version of a job's code delivers to them.
import { expect, test } from 'vitest';
import { sinkAsWritten, sinkIdentity } from '../../../src/core/graph/sink-identity.ts';

const [OLD, NEW] = ['0a'.repeat(32), '1b'.repeat(32)];

test.each([
  ['out', 'out'],
  [`table:db?a=1&b=2#${OLD}`, `table:db?b=2&a=1#${NEW}`],
  [`table:db#${OLD}`, `table:db#${NEW}`],
  [`table:one?name=x&identity=db%2Fx#${OLD}`, `table:two?name=X&identity=db%2Fx#${NEW}`],
  ['jsonl:/data/out', 'csv:/data/out?delimiter=%3B'],
])('%s and %s are one', (a, b) => {
  expect(sinkIdentity(a)).toBe(sinkIdentity(b));
});

test.each([
  ['out', 'outs'],
  [`table:db?a=1#${OLD}`, `table:db?a=2#${OLD}`],
  [`table:db#${OLD}`, `tables:db#${OLD}`],
  [`table:db?identity=x#${OLD}`, `table:db?identity=y#${OLD}`],
  ['jsonl:/data/out', 'jsonl:/data/outs'],
  ['jsonl:/data/out', `jsonl:/data/out#${OLD}`],
])('%s and %s are two', (a, b) => {
  expect(sinkIdentity(a)).not.toBe(sinkIdentity(b));
});

test('people read it as they wrote it', () => {
  expect(sinkAsWritten(`table:db?a=1&identity=x#${OLD}`)).toBe('table:db?a=1');
  expect(sinkAsWritten(`table:db#${OLD}`)).toBe('table:db');
  expect(sinkAsWritten('out')).toBe('out');
});
