// What a process halted of is told in words, also where code of a job ended it.
import { expect, test } from 'vitest';
import { describeEffect } from '../../../src/core/protocol/describe.ts';

test.each([
  ['looped', 'did not return'],
  ['exited', 'ended its process'],
  ['heap-exhausted', 'filled the heap'],
])('a halt as %s', (kind, how) => {
  expect(describeEffect({ effect: 'halt', reason: { kind } })).toContain(`code of a job ${how}`);
});
