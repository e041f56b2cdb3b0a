// Scenarios as properties and in plain expectations: fast-check's seed and path are kept, a failure is shrunk and told, and its line replays it.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { scenario as early } from '../../examples/commit-at-barrier.ts';
import { chaos, simulate } from '../../src/testing/millrace-testing.ts';
import type { ChaosRun, Topics } from '../../src/testing/millrace-testing.ts';
import { scenario as noFencing } from '../../examples/lock-service/no-fencing.ts';
import { scenario as lockService } from '../../examples/lock-service/scenario.ts';
import { scenario as wordCount } from '../../scenarios/word-count.ts';

const check = (parameters: fc.Parameters<[ChaosRun]>, options = {}) => fc.check(chaos(early, options), parameters);

test('a scenario that holds passes as often as it is asked', async () => {
  const details = await fc.check(chaos(wordCount, { faults: ['tm-crash', 'barrier-loss'] }), { seed: 1, numRuns: 4 });
  expect(details.failed, String(details.errorInstance)).toBe(false);
  expect(details.numRuns).toBe(4);
});

test('a failure is shrunk to its schedule and its records, told, and made again by its line', async () => {
  const details = await check({ seed: 1, numRuns: 200 });
  expect(details.failed).toBe(true);
  const [run] = details.counterexample as [ChaosRun];
  expect(run.tape?.length).toBeLessThanOrEqual(4);
  const { message } = details.errorInstance as Error;
  expect(message).toContain('commit-at-barrier fails: O-exact: sink ledger holds');
  expect(message).toMatch(/^ > .* tm-\d died/m);
  const line = /^replay {2}simulate\(scenario, (.*)\)$/m.exec(message)?.[1] as string;
  const again = simulate(early, JSON.parse(line) as ChaosRun);
  expect(again.sentence).toBe(message.split('\n', 1)[0]?.replace('commit-at-barrier fails: ', ''));
});

test('a path of fast-check leads to the same run without a search', async () => {
  const first = await check({ seed: 1, numRuns: 200 });
  const again = await check({ seed: 1, numRuns: 200, path: first.counterexamplePath as string });
  expect(again.counterexample).toEqual(first.counterexample);
  expect(again.numRuns).toBe(1);
});

test('endOnFailure leaves the run as it was found', async () => {
  const details = await check({ seed: 1, numRuns: 200, endOnFailure: true });
  expect(details.failed).toBe(true);
  expect(details.numShrinks).toBe(0);
  expect((details.counterexample as [ChaosRun])[0].tape).toBeNull();
});

test('examples are runs that are tried first', async () => {
  const failing = ((await check({ seed: 1, numRuns: 200, endOnFailure: true })).counterexample as [ChaosRun])[0];
  const details = await check({ seed: 2, numRuns: 1, examples: [[failing]] });
  expect(details.failed).toBe(true);
  expect((details.counterexample as [ChaosRun])[0].seed).toBe(failing.seed);
});

test('an input of the test is shrunk by fast-check, its schedule by Millrace', async () => {
  const account = fc.constantFrom('a', 'b', 'c');
  const payment = fc.record({ account, cents: fc.integer({ min: 1, max: 99 }) });
  const split = fc.array(payment, { minLength: 20, maxLength: 60 });
  const input: fc.Arbitrary<Topics> = fc.tuple(split, split).map((splits) => ({ payments: { splits } }));
  const details = await check({ seed: 3, numRuns: 300 }, { input });
  expect(details.failed).toBe(true);
  const [run] = details.counterexample as [ChaosRun];
  expect(run.tape).not.toBeNull();
  expect(run.input?.['payments']?.splits.flat().length).toBeLessThanOrEqual(42);
});

test('a run gives its output, its counters, its verdict and its trace', () => {
  const run = simulate(wordCount, { seed: 3, faults: { 'tm-crash': 1 } });
  expect(run.verdict).toBe('pass');
  expect(run.output['counts']?.length).toBeGreaterThan(100);
  expect(run.checkpoints.completed).toBeGreaterThan(3);
  expect(run.trace().filter(({ kind }) => kind === 'stepped').length).toBeGreaterThan(500);
  expect(run.story().at(-1)).toContain(run.sentence);
});

test('faults without odds strike as often as they may, and are told', () => {
  const run = simulate(lockService, { seed: 1, faults: ['pause'], exactFaults: { faultsMax: 2 } });
  expect(run.faultLog.map(({ fault }) => fault)).toEqual(['pause', 'pause']);
  for (const { text } of run.faultLog) expect(run.story().join('\n')).toContain(text);
  expect(simulate(lockService, { seed: 1, exactFaults: { faultsMax: 0 } }).faultLog).toEqual([]);
});

test('names that nobody knows are refused in one sentence', () => {
  expect(() => simulate(wordCount, { seed: 1, faults: ['tm-crush'] })).toThrow(
    /unknown fault "tm-crush", did you mean/,
  );
  expect(() => simulate(wordCount, { seed: 1, set: { checkpointInterval: 1 } })).toThrow(
    /unknown option "checkpointInterval"/,
  );
  expect(() => chaos({ ...wordCount, name: 'no name' })).toThrow(/"name" must be/);
});

test('machines are a property too, and are simulated', async () => {
  const details = await fc.check(chaos(noFencing), { seed: 1, numRuns: 200 });
  expect(String(details.errorInstance)).toContain('no-fencing fails: linearizable: no order of the');
  expect((details.counterexample as [ChaosRun])[0].tape?.length).toBeLessThanOrEqual(12);
  expect(simulate(lockService, { seed: 1 }).counts['delivered']).toBeGreaterThan(50);
  expect(() => simulate(lockService, { seed: 1, input: {} })).toThrow('machines read no topics');
});
