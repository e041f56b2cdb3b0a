// Runs of a scenario as a fast-check Arbitrary: fast-check draws the seed, and the input where the test has an Arbitrary of it. A failing run is
// shrunk by its schedule first, as `npm run sim` does, then by fast-check's own shrinking of the input.
import * as fc from 'fast-check';
import type { TapeEntry } from '../sim/decisions.ts';
import { candidateOf, decisionsOf, shrink } from '../sim/search/shrink.ts';
import type { Candidate, Trial } from '../sim/search/shrink.ts';
import { failsInTheSameWay } from '../sim/search/way-to-fail.ts';
import { smallerTapes } from './run-arbitrary.ts';
import { guestOf, runDecisions, runScenario } from './run-scenario.ts';
import type { AnyScenario, MadeRun, RunChoice, RunOptions, Topics } from './run-scenario.ts';

/** A run as a property gets it. */
export interface ChaosRun extends RunChoice {
  readonly tape: readonly TapeEntry[] | null;
  readonly inputLimits: Readonly<Record<string, number>>;
  readonly input: Topics | null;
}

/** What the runs of a chaos property are given. */
export interface ChaosOptions extends RunOptions {
  /** Topics of a job, by name, in place of those that the scenario draws: fast-check shrinks them. Default: none. */
  readonly input?: fc.Arbitrary<Topics>;
  /** The most runs that shrinking a schedule may take. Default 2,000. */
  readonly shrinkRunsMax?: number;
}

const SEED_MAX = 0x7fff_ffff;
const SHRINK_RUNS_MAX = 2_000;

/** What fast-check keeps beside a value: how its input goes on shrinking. */
interface Context {
  readonly input: unknown;
}

export class ChaosArbitrary extends fc.Arbitrary<ChaosRun> {
  readonly #scenario: AnyScenario;
  readonly #options: ChaosOptions;

  constructor(scenario: AnyScenario, options: ChaosOptions) {
    super();
    this.#scenario = scenario;
    this.#options = options;
  }

  override generate(random: fc.Random, bias: number | undefined): fc.Value<ChaosRun> {
    const seed = random.nextInt(0, SEED_MAX);
    const input = this.#options.input?.generate(random, bias);
    const run = { seed, tape: null, inputLimits: {}, input: input?.value ?? null };
    return valueOf(run, { input: input?.context });
  }

  override canShrinkWithoutContext(value: unknown): value is ChaosRun {
    return typeof value === 'object' && value !== null && 'seed' in value;
  }

  override shrink(run: ChaosRun, context: unknown): fc.Stream<fc.Value<ChaosRun>> {
    return fc.stream(this.#smallerRuns(run, context as Context | undefined));
  }

  /** Nothing here depends on a clock: fast-check finds a path of shrinks again without running the property. */
  *#smallerRuns(run: ChaosRun, context: Context | undefined): IterableIterator<fc.Value<ChaosRun>> {
    const tape = run.tape ?? null;
    const shrunk = tape === null ? this.#shrinkSchedule(run) : null;
    if (shrunk !== null) yield valueOf(shrunk, context);
    const best = shrunk ?? run;
    yield* this.#smallerInputs(best, context);
    if (tape !== null) for (const smaller of smallerTapes(tape)) yield valueOf({ ...run, tape: smaller }, context);
  }

  *#smallerInputs(run: ChaosRun, context: Context | undefined): IterableIterator<fc.Value<ChaosRun>> {
    const { input } = this.#options;
    if (input === undefined || run.input === null) return;
    for (const smaller of input.shrink(run.input, context?.input))
      yield valueOf({ ...run, input: smaller.value }, { input: smaller.context });
  }

  /** The smallest schedule and input that fail in the same way; null if the run does not fail again. */
  #shrinkSchedule(run: ChaosRun): ChaosRun | null {
    const guest = guestOf(this.#scenario, this.#options, run.input);
    const make = (choice: RunChoice): MadeRun => runScenario(guest, choice, this.#options);
    const failed = make(run);
    if (failed.result.verdict === 'pass') return null;
    const tryOut = (candidate: Candidate): Trial<MadeRun> => {
      const { source, asked } = decisionsOf(candidate);
      const made = runDecisions(guest, source, { ...run, inputLimits: candidate.inputLimits }, this.#options);
      return { same: isSameFailure(failed, made), asked, inputLengths: made.result.inputLengths ?? {}, result: made };
    };
    const start = candidateOf(failed.entries, run.inputLimits ?? {});
    const again = tryOut(start);
    if (!again.same) return null;
    const { decisions, inputLimits } = shrink(start, again, {
      run: tryOut,
      roleOf: (stream) => guest.roleOf(stream),
      runsMax: this.#options.shrinkRunsMax ?? SHRINK_RUNS_MAX,
      hasTime: () => true,
    });
    return { ...run, tape: decisions, inputLimits };
  }
}

function isSameFailure(failed: MadeRun, made: MadeRun): boolean {
  return made.result.verdict === failed.result.verdict && failsInTheSameWay(failed.result.ways, made.result.ways);
}

function valueOf(run: ChaosRun, context: Context | undefined): fc.Value<ChaosRun> {
  return new fc.Value<ChaosRun>({ ...run, [fc.toStringMethod]: describeRun } as ChaosRun, context);
}

function describeRun(this: ChaosRun): string {
  const { seed, tape, inputLimits, input } = this;
  const shown = tape === null ? '' : `, shrunk to ${JSON.stringify({ tape, inputLimits })}`;
  return `seed ${seed}${shown}${input === null ? '' : `, with the input ${JSON.stringify(input)}`}`;
}
