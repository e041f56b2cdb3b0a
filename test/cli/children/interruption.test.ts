// A child may die of a Ctrl-C before the command hears of it.
import { expect, test } from 'vitest';
import { wasInterrupted } from '../../../src/cli/children/interruption.ts';

const LONG_MS = 60_000;

test.each<[string, (controller: AbortController) => void]>([
  ['before the failure', (controller) => controller.abort()],
  ['a moment behind it', (controller) => void setImmediate(() => controller.abort())],
])('a signal that comes %s is its cause', async (_, signal) => {
  const controller = new AbortController();
  signal(controller);
  expect(await wasInterrupted(controller.signal, LONG_MS)).toBe(true);
});

test('without a signal a failure is one', async () => {
  expect(await wasInterrupted(new AbortController().signal, 1)).toBe(false);
});
