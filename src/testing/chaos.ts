// A scenario as a fast-check property: every run of it passes.
import * as fc from 'fast-check';
import { ChaosArbitrary } from './chaos-arbitrary.ts';
import type { ChaosOptions, ChaosRun } from './chaos-arbitrary.ts';
import { failureText, unrepeatableText } from './failure-text.ts';
import { guestOf, runScenario } from './run-scenario.ts';
import type { AnyScenario } from './run-scenario.ts';

/** A run failed. Its message holds the story, and the line that replays it. */
export class ChaosFailure extends Error {
  override readonly name = 'ChaosFailure';
}

/**
 * The property that a scenario holds whatever happens, for `fc.assert` in any test runner. fast-check draws seeds (`seed`, `path`, `numRuns`,
 * `examples`, `endOnFailure` and `verbose` mean what they always mean); a failing run is shrunk to the decisions and records that it needs.
 *
 *     test('payments survive', async () => {
 *       await fc.assert(chaos(scenario, { faults: ['tm-crash'] }), { numRuns: 100 });
 *     });
 *
 * Throws an Error at once if the scenario cannot run.
 */
export function chaos(scenario: AnyScenario, options: ChaosOptions = {}): fc.IAsyncPropertyWithHooks<[ChaosRun]> {
  guestOf(scenario, options, null);
  // Asynchronous, so that other work of the test runner has its turn between two runs.
  return fc.asyncProperty(new ChaosArbitrary(scenario, options), async (run) => {
    const guest = guestOf(scenario, options, run.input);
    const made = runScenario(guest, run, options);
    if (made.result.verdict === 'pass') return;
    const again = runScenario(guest, { ...run, tape: made.entries }, options);
    const isRepeatable = again.result.traceHash === made.result.traceHash;
    throw new ChaosFailure(
      isRepeatable ? failureText(guest, run, options, made) : unrepeatableText(guest, made, again),
    );
  });
}
