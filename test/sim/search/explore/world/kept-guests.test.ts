// Guests whose exploration is stopped, kept, and gone on with in another world: what is found is the same as in one go.
import { expect, test } from 'vitest';
import { jobGuest } from '../../../../../src/sim/cluster/job-guest.ts';
import type { Guest } from '../../../../../src/sim/guest.ts';
import {
  exploreInPieces,
  type GuestBounds,
  type GuestExplored,
  type GuestSearch,
} from '../../../../../src/sim/search/explore/explore-guest.ts';
import { scenario } from '../../../../../scenarios/proofs/recovery-1.ts';
import { KeptBytes } from '../in-processes.ts';
import { generateGuest } from './generated-guests.ts';

/** `KEPT_GUESTS=500 KEPT_FROM=1000` looks at more, and at others. */
const { KEPT_GUESTS = '8', KEPT_FROM = '1' } = process.env;
const seeds = Array.from({ length: Number(KEPT_GUESTS) }, (_, at) => Number(KEPT_FROM) + at);
const STATES_MAX = 6_000;

type Way = Pick<GuestSearch, 'order' | 'memory'>;
const ways = (['breadth', 'depth'] as const).flatMap((order) =>
  (['exact', 'compact'] as const).map((memory): Way => ({ order, memory })),
);

type Explorable = Pick<Guest, 'begin' | 'timeless'>;

function exploreOnce(guest: Explorable, bounds: GuestBounds, search: Partial<GuestSearch>): GuestExplored {
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
  guest: Explorable,
  bounds: GuestBounds,
  way: Way,
  turns: readonly Partial<GuestSearch>[],
  onStop: (stopped: GuestExplored) => void = () => {},
): GuestExplored {
  let before: KeptBytes | null = null;
  for (const turn of [...turns, {}]) {
    const kept = new KeptBytes();
    const from = before?.reader();
    const found = exploreOnce(guest, bounds, { ...way, ...turn, keepIn: kept.writer(), goOnFrom: from?.reader });
    expect(from?.isAtEnd() ?? true).toBe(true);
    expect(kept.isEmpty).toBe(found.outcome !== 'stopped');
    if (found.outcome !== 'stopped') return found;
    onStop(found);
    before = kept;
  }
  throw new Error('the last turn has no bound');
}

/** Each turn ends when somebody looks for the third time: once in 1,024 states, of each pass over them. */
function looksOf(turns: number): readonly Partial<GuestSearch>[] {
  return Array.from({ length: turns }, () => {
    let looks = 0;
    return { hasTime: () => ++looks < 3 };
  });
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

const recovery = jobGuest({ scenario, data: {}, artifact: 'recovery' });
const BOUNDS: GuestBounds = {
  set: {},
  faults: ['message-delay'],
  faultsMax: 1,
  deviationsMax: 0,
  chancesMax: 0,
  fatesMax: 0,
  reordersMax: 0,
  from: 'first-trigger',
  to: 'first-checkpoint',
  untilMs: 300_000,
  inputLimits: {},
};

test.each([
  { ...BOUNDS, isForEver: true },
  { ...BOUNDS, mustArrive: true },
])('a job that is stopped again and again, also while traps are looked for', (bounds) => {
  const way = { order: 'depth', memory: 'exact' } as const;
  const whole = exploreOnce(recovery, bounds, way);
  expect(whole).toMatchObject({ outcome: 'complete', isEndInReach: true });
  const waiting: number[] = [];
  const found = exploreInTurns(recovery, bounds, way, looksOf(100), (stopped) => waiting.push(stopped.waiting));
  expect(toldOf(found)).toEqual(toldOf(whole));
  expect(waiting[0]).toBeGreaterThan(0);
  expect(waiting.at(-1)).toBe(0); // all states were known, and traps were looked for
});
