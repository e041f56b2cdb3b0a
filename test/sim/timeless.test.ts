// Under the options that a guest calls timeless nothing takes time, and its runs still come to their end.
import { expect, test } from 'vitest';
import { parseOption } from '../../src/core/base/options.ts';
import type { Guest, RunResult } from '../../src/sim/guest.ts';
import { jobGuest } from '../../src/sim/cluster/job-guest.ts';
import { machinesGuest } from '../../src/sim/machines/machines-guest.ts';
import { runGuest } from '../../src/sim/run-guest.ts';
import { plainDecisions } from '../../src/sim/tape-decisions.ts';
import { scenario as wordCount } from '../../scenarios/word-count.ts';
import { scenario as counter } from '../cli/planted/machines/counter.ts';

interface Step {
  readonly kind: string;
  readonly at: number;
  readonly leavesAt: number;
}

function stepsOf(guest: Guest): { readonly result: RunResult; readonly steps: readonly Step[] } {
  const steps: Step[] = [];
  const onTrace = (line: string): void => {
    const step = JSON.parse(line) as Step;
    if (step.kind === 'stepped') steps.push(step);
  };
  const decisions = plainDecisions();
  const result = runGuest(guest, { decisions, set: guest.timeless, faults: [], checks: 'checked', onTrace });
  return { result, steps };
}

const guests: readonly (readonly [string, Guest])[] = [
  ['machines', machinesGuest(counter)],
  ['a job', jobGuest({ scenario: wordCount, data: {}, artifact: '5eed' })],
];

test.each(guests)('%s', (_, guest) => {
  const inUs = Object.entries(guest.options).flatMap(([name, { unit }]) => (unit === 'us' ? [name] : []));
  expect(Object.keys(guest.timeless).toSorted()).toEqual(inUs.toSorted());
  for (const name of inUs) expect(parseOption(guest.options, name, '0')).toEqual({ ok: true, value: 0 });
  const { result, steps } = stepsOf(guest);
  expect(result.verdict).toBe('pass');
  expect(steps.filter(({ at, leavesAt }) => leavesAt !== at)).toEqual([]);
  expect(new Set(steps.map(({ at }) => at)).size).toBeLessThan(steps.length / 2);
});
