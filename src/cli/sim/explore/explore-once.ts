// One exploration of a plan with an input of some length.
import type { Progress } from '../../../sim/search/explore/explore-types.ts';
import { exploreInPieces, type GuestExplored, type GuestSearch } from '../../../sim/search/explore/explore-guest.ts';
import { UndeclaredError } from '../../../sim/search/explore/world/undeclared-error.ts';
import { UsageError } from '../../exit-codes.ts';
import { standstillOf, toTheEndInTurns, type Stood } from '../../standstill.ts';
import { count, formatNumber, type Terminal } from '../../terminal.ts';
import { beginPlainly, type ExplorePlan, type InputLimits } from './explore-plan.ts';

/** What came of an exploration, and under which limits of its input. */
export interface Tried {
  readonly inputLimits: InputLimits;
  /** When the plain run is at the first moment, in µs of world time; null: it never is, and nothing was explored. */
  readonly startUs: number | null;
  readonly explored: GuestExplored | null;
}

/** Who is asked for time, and told how far it is. */
export interface Watch {
  readonly hasTime: () => boolean;
  readonly terminal: Pick<Terminal, 'progress'>;
  /** Where the search comes from, and where it is left. Default: it begins anew, and is not kept. */
  readonly kept?: Pick<GuestSearch, 'keepIn' | 'goOnFrom'> | null;
}

export async function exploreOnce(
  plan: ExplorePlan,
  inputLimits: InputLimits,
  { hasTime, terminal, kept = null }: Watch,
): Promise<Tried> {
  const { setup, bounds, search } = plan;
  const startUs = startOf(plan, inputLimits);
  if (startUs === null) return { inputLimits, startUs, explored: null };
  const lastCall = { what: '' };
  const pieces = exploreInPieces(
    setup.guest,
    { ...bounds, inputLimits, lastCall },
    { ...search, ...kept, hasTime, onProgress: progressOn(terminal) },
  );
  const standstill = (stood: Stood): Error =>
    standstillOf(setup.guest.name, 'one of the runs that are explored', lastCall, stood);
  const explored = await declared(toTheEndInTurns(pieces, standstill, LONGEST_MS));
  terminal.progress('');
  return { inputLimits, startUs, explored };
}

/** What a scenario declares wrongly is its author's affair. */
async function declared<T>(explored: Promise<T>): Promise<T> {
  try {
    return await explored;
  } catch (error) {
    throw error instanceof UndeclaredError ? new UsageError(error.message) : error;
  }
}

const LONGEST_MS = 120_000; // some thousand states, which take seconds, and more on a busy machine

/** When a plain run is at the first moment; null: not within the bound of time. Throws if it is at the last one by then. */
function startOf({ setup, bounds: { from, to, untilMs } }: ExplorePlan, inputLimits: InputLimits): number | null {
  const { world, moments } = beginPlainly(setup, inputLimits);
  const isThere = moments[from] ?? (() => true);
  if (!isThere(world.view)) world.run({ untilUs: untilMs * 1_000, stopWhen: isThere });
  if (!isThere(world.view)) return null;
  if (to !== null && moments[to]?.(world.view) === true)
    throw new UsageError(
      `--from ${from} --to ${to}: the plain run of ${setup.guest.name} is at ${to} already when it is at ${from}, so that there is nothing to explore between them`,
    );
  return world.view.now;
}

const MS_PER_S = 1_000;
const BYTES_PER_MB = 1_000_000;

/** A line of progress, where there is a terminal. */
function progressOn(terminal: Pick<Terminal, 'progress'>): (progress: Progress) => void {
  const startedAt = performance.now();
  return ({ unique, frontier, depth, bytes }) => {
    const seconds = (performance.now() - startedAt) / MS_PER_S;
    const speed = `${formatNumber(unique / Math.max(seconds, 0.001))} a second`;
    const deep = depth > 0 ? `, ${count(depth, 'step')} deep` : '';
    terminal.progress(
      `${count(unique, 'state')}, ${speed}, ${formatNumber(frontier)} wait${deep}, ${formatNumber(bytes / BYTES_PER_MB)} MB`,
    );
  };
}
