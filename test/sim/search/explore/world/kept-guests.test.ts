// Guests whose exploration is stopped, kept, and gone on with in another world: what is found is the same as in one go.
import { expect, test } from 'vitest';
import {
  exploreInPieces,
  type GuestBounds,
  type GuestExplored,
  type GuestSearch,
} from '../../../../../src/sim/search/explore/explore-guest.ts';
import { KeptBytes } from '../in-processes.ts';
import { generateGuest, type GeneratedGuest } from './generated-guests.ts';

/** `KEPT_GUESTS=500 KEPT_FROM=1000` looks at more, and at others. */
const { KEPT_GUESTS = '8', KEPT_FROM = '1' } = process.env;
const seeds = Array.from({ length: Number(KEPT_GUESTS) }, (_, at) => Number(KEPT_FROM) + at);
const STATES_MAX = 6_000;

type Way = Pick<GuestSearch, 'order' | 'memory'>;
const ways = (['breadth', 'depth'] as const).flatMap((order) =>
  (['exact', 'compact'] as const).map((memory): Way => ({ order, memory })),
);

function exploreOnce(guest: GeneratedGuest['guest'], bounds: GuestBounds, search: Partial<GuestSearch>): GuestExplored {
  const all: GuestSearch = {
    order: 'breadth',
    memory: 'exact',
    statesMax: STATES_MAX,
    bytesMax: Infinity,
    hasTime: () => true,
    ...search,
  };
  const pieces = exploreInPieces(guest, bounds, all);
  for (let next = pieces.next(); ; next = pieces.next()) if (next.done === true) return next.value;
}

/** Each turn has a world of its own. */
function exploreInTurns(
  guest: GeneratedGuest['guest'],
  bounds: GuestBounds,
  way: Way,
  turns: readonly Partial<GuestSearch>[],
): GuestExplored {
  let before: KeptBytes | null = null;
  for (const turn of [...turns, {}]) {
    const kept = new KeptBytes();
    const from = before?.reader();
    const found = exploreOnce(guest, bounds, { ...way, ...turn, keepIn: kept.writer(), goOnFrom: from?.reader });
    expect(from?.isAtEnd() ?? true).toBe(true);
    expect(kept.isEmpty).toBe(found.outcome !== 'stopped');
    if (found.outcome !== 'stopped') return found;
    before = kept;
  }
  throw new Error('the last turn has no bound');
}

/** Without what it took. */
function toldOf({ bytes, engineSteps, nodeStates, ...told }: GuestExplored): object {
  expect(bytes + engineSteps).toBeGreaterThan(0);
  return { ...told, nodes: Object.keys(nodeStates) };
}

test.each(seeds.flatMap((seed) => ways.map((way) => ({ seed, ...way }))))(
  'guest $seed, $order first, $memory',
  ({ seed, ...way }) => {
    const { guest, bounds } = generateGuest(seed);
    const whole = exploreOnce(guest, bounds, way);
    if (whole.outcome === 'stopped') return; // too large
    const { unique } = whole;
    const at = [0.1, 0.4, 0.41, 0.8, 0.95].map((share) => ({ statesMax: Math.max(1, Math.floor(share * unique)) }));
    expect(toldOf(exploreInTurns(guest, bounds, way, at))).toEqual(toldOf(whole));
    expect(toldOf(exploreInTurns(guest, bounds, way, at.slice(3, 4)))).toEqual(toldOf(whole));
  },
  60_000,
);
