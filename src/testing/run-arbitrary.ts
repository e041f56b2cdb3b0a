// A fast-check Arbitrary of runs: fast-check draws a seed, and shrinks a failing run by its tape, not by its seed.
import * as fc from 'fast-check';
import type { Decisions, TapeEntry } from '../sim/decisions.ts';
import { seededDecisions } from '../sim/seeded-decisions.ts';
import { tapeDecisions } from '../sim/tape-decisions.ts';

/** A run as a property gets it: from a seed, or from a tape once it is being shrunk. */
export interface RunInput {
  /** The seed that it comes from. */
  readonly seed: number;
  /** Null: the run of the seed itself. */
  readonly tape: readonly TapeEntry[] | null;
}

/** Fresh decisions of a run. */
export function decisionsOf(run: RunInput): Decisions {
  return run.tape === null ? seededDecisions(run.seed) : tapeDecisions(run.tape);
}

const SEED_MAX = 0x7fff_ffff;

/**
 * Runs of a world.
 * @param perform makes the run with these decisions and returns nothing; shrinking calls it to record the tape of a seed, because fast-check
 *   replays a path of shrinks without running the property.
 */
export function runArbitrary(perform: (decisions: Decisions) => void): fc.Arbitrary<RunInput> {
  return new RunArbitrary(perform);
}

class RunArbitrary extends fc.Arbitrary<RunInput> {
  readonly #perform: (decisions: Decisions) => void;

  constructor(perform: (decisions: Decisions) => void) {
    super();
    this.#perform = perform;
  }

  override generate(random: fc.Random, _biasFactor: number | undefined): fc.Value<RunInput> {
    return valueOf(random.nextInt(0, SEED_MAX), null);
  }

  override canShrinkWithoutContext(value: unknown): value is RunInput {
    return typeof value === 'object' && value !== null && 'seed' in value && 'tape' in value;
  }

  override shrink(run: RunInput, _context: unknown): fc.Stream<fc.Value<RunInput>> {
    return fc.stream(this.#smallerRuns(run));
  }

  *#smallerRuns(run: RunInput): IterableIterator<fc.Value<RunInput>> {
    for (const tape of smallerTapes(run.tape ?? this.#record(run))) yield valueOf(run.seed, tape);
  }

  /** What was decided until the end of the run, or until it threw. */
  #record(run: RunInput): readonly TapeEntry[] {
    const decisions = seededDecisions(run.seed);
    try {
      this.#perform(decisions);
    } catch {
      // The failure that is being shrunk: its tape up to here is what we came for.
    }
    return decisions.tape();
  }
}

function valueOf(seed: number, tape: readonly TapeEntry[] | null): fc.Value<RunInput> {
  return new fc.Value<RunInput>({ seed, tape, [fc.toStringMethod]: describeRun } as RunInput, undefined);
}

function describeRun(this: RunInput): string {
  const { seed, tape } = this;
  if (tape === null) return `seed ${seed}`;
  return `seed ${seed}, shrunk to [${tape.map((entry) => `${entry.stream}#${entry.index}=${entry.value}`).join(', ')}]`;
}

/** Smaller tapes, the much smaller ones first: nothing; without one kind of question; without a piece; then smaller values. */
export function* smallerTapes(tape: readonly TapeEntry[]): IterableIterator<readonly TapeEntry[]> {
  if (tape.length === 0) return;
  yield [];
  const kinds = new Set(tape.map(kindOf));
  if (kinds.size > 1) for (const kind of kinds) yield tape.filter((entry) => kindOf(entry) !== kind);
  for (let size = Math.ceil(tape.length / 2); ; size = Math.ceil(size / 2)) {
    if (size < tape.length)
      for (let at = 0; at < tape.length; at += size) yield [...tape.slice(0, at), ...tape.slice(at + size)];
    if (size === 1) break;
  }
  for (const [at, entry] of tape.entries()) {
    if (entry.value > 1) yield tape.with(at, { ...entry, value: Math.floor(entry.value / 2) });
  }
}

/** The first word of a stream's name: `delay`, `crash`, … */
function kindOf(entry: TapeEntry): string {
  return entry.stream.split('/', 1)[0] as string;
}
