// Small guests, drawn: two or three machines that are tables, services, faults, and oracles that sometimes object. The same seed draws the same.
import { defineMachines } from '../../../../../src/sim/machines/define-machines.ts';
import { machinesGuest } from '../../../../../src/sim/machines/machines-guest.ts';
import type { MachinesScenario } from '../../../../../src/sim/machines/scenario.ts';
import type { RunRequest } from '../../../../../src/sim/guest.ts';
import { plainDecisions } from '../../../../../src/sim/tape-decisions.ts';
import type { WorldView } from '../../../../../src/sim/observation.ts';
import type { GuestBounds } from '../../../../../src/sim/search/explore/explore-guest.ts';
import { seededDecisions } from '../../../../../src/sim/seeded-decisions.ts';
import { durableLog } from '../../../../../src/sim/services/durable-log.ts';
import { keyValueStore } from '../../../../../src/sim/services/key-value-store.ts';
import { pickUniformly } from '../../../../../src/sim/decisions.ts';
import { faultKindsOn, type GenericFaultKind } from '../../../../../src/sim/faults/kinds.ts';
import { drawOracles, lastWords, stateOf, type DrawnOracle, type Tell } from './drawn-oracles.ts';
import { slowService } from './slow-service.ts';
import { walk, type Draw } from './random-walk.ts';
import { MESSAGES, tableMachine, type Action, type Table, type TableRule } from './table-machine.ts';

/** A guest, and inside which bounds it is explored. */
export interface GeneratedGuest {
  readonly guest: ReturnType<typeof machinesGuest>;
  readonly bounds: GuestBounds;
}

const UNTIL_MS = 12_000; // behind every late notice and request
const GUESTS_MAX = 50; // drawn for one that is short enough, and that can be wrong as it is to be
const STEPS_MAX = 11; // of the plain run: most that take more have too many states to be compared
const WALKS = 10;
const STEPS_LEAST = 5; // of a run to what is wrong

/**
 * In three of five seeds something is to be wrong, in order, time, faults or chances alone: an oracle objects to what the plain run does not show, and some random
 * run does; more of these are too large to be compared. In the others oracles object to what none of these runs shows.
 *
 * @param stepsMax of the plain run
 */
export function generateGuest(seed: number, stepsMax = STEPS_MAX): GeneratedGuest {
  const decisions = seededDecisions(seed);
  const draw: Draw = (n) => pickUniformly(decisions, 'guest', n);
  const isToBeWrong = draw(5) < 3;
  for (let count = 1; ; count++) {
    const drawn = drawShape(draw);
    const facts = factsOf(seed, drawn, (n) => pickUniformly(decisions, 'walk', n), stepsMax);
    const forbidden = isToBeWrong ? oneOfLate(draw, facts) : null;
    const isAsItShould = facts.length > 0 && (forbidden !== null || !isToBeWrong);
    if (!isAsItShould && count < GUESTS_MAX) continue;
    return guestOf(seed, drawn, (oracle) => {
      if (oracle === forbidden?.oracle) return (fact) => (fact === forbidden.fact ? `it is ${fact}` : null);
      const other = `${draw(6)}`;
      const isSeen = facts.some((one) => one.oracle === oracle && one.fact === other);
      return (fact) => (fact === other && !isSeen ? `it is ${fact}` : null);
    });
  }
}

// ---- What can be seen

/** Something that an oracle saw. */
interface Fact {
  readonly oracle: string;
  readonly fact: string;
  /** Of the run that came to it first: how many steps that took. */
  readonly steps: number;
  /** The plain run comes to it as well. */
  readonly isPlain: boolean;
}

/** None if the plain run is too long. */
function factsOf(seed: number, shape: Shape, draw: Draw, stepsMax: number): readonly Fact[] {
  const facts = new Map<string, Fact>();
  let at = { steps: 0, isPlain: true };
  const { guest, bounds } = guestOf(seed, shape, (oracle) => (fact) => {
    const name = `${oracle}: ${fact}`;
    const known = facts.get(name) ?? { oracle, fact, ...at };
    facts.set(name, { ...known, steps: Math.min(known.steps, at.steps) });
    return null;
  });
  const walkBy = (answers: Draw | null): boolean =>
    walk(guest, bounds, answers, (steps) => (at = { steps, isPlain: answers === null }));
  walkBy(null);
  if (at.steps > stepsMax) return [];
  for (let count = 0; count < WALKS; count++) walkBy(draw);
  return [...facts.values()];
}

/** Something that some oracle sees behind several steps, and not in the plain run: late ones rather. Null: there is nothing. */
function oneOfLate(draw: Draw, facts: readonly Fact[]): Fact | null {
  const hidden = facts.filter(({ isPlain, steps }) => !isPlain && steps >= STEPS_LEAST);
  const oracles = [...new Set(hidden.map(({ oracle }) => oracle))];
  if (oracles.length === 0) return null;
  const oracle = oneOf(draw, oracles);
  const late = hidden.filter((one) => one.oracle === oracle).toSorted((one, other) => other.steps - one.steps);
  return late[draw(Math.ceil(late.length / 2))] as Fact;
}

// ---- Shapes

/** A guest, but for what its oracles object to. */
interface Shape {
  readonly scenario: Omit<MachinesScenario, 'name' | 'nodes' | 'oracles'>;
  readonly nodes: readonly DrawnNode[];
  readonly oracles: readonly DrawnOracle[];
  readonly bounds: Pick<GuestBounds, 'faults' | 'faultsMax' | 'deviationsMax' | 'chancesMax'>;
  /** From where all have started, if nothing is wrong until then. */
  readonly mayBeginLater: boolean;
}

interface DrawnNode {
  readonly address: string;
  readonly table: Table;
  readonly startAtUs: number | null;
}

const COUNTED = 'counted'; // the invariant of a table, as an oracle

function drawShape(draw: Draw): Shape {
  const addresses = ['a', 'b', 'c'].slice(0, 2 + draw(2));
  const transport = draw(2) === 0 ? 'stream' : 'datagram';
  const faultsMax = draw(5) < 2 ? 1 : 0;
  const kinds = faultKindsOn(transport).filter((kind) => FAULTS.includes(kind));
  const faults = faultsMax === 0 ? [] : [oneOf(draw, kinds)];
  const actsMax = faultsMax > 0 ? 1 + draw(2) : 2 + draw(3);
  return {
    nodes: addresses.map((address) => ({
      address,
      table: drawTable(draw, addresses, actsMax),
      startAtUs: draw(6) === 0 ? 5_000 * draw(2) : null,
    })),
    oracles: drawOracles(draw, addresses).filter(() => draw(2) === 0),
    scenario: {
      about: 'Tables that were drawn.',
      messages: MESSAGES,
      services: [keyValueStore<number>(), durableLog<number>(), slowService()],
      transport,
      sim: { restartNodeMs: draw(2) * 5 },
      faults: Object.fromEntries(faults.map((kind) => [kind, 1])),
      aim: Object.fromEntries(
        faults.map((kind) => [kind, { longestMs: 5 * (1 + draw(3)), ...drawAim(draw, addresses), ...mayHit(kind) }]),
      ),
      ...drawEnd(draw, addresses),
      runMs: 2 * UNTIL_MS,
    },
    bounds: { faults, faultsMax, deviationsMax: draw(4) === 0 ? 1 : 0, chancesMax: draw(2) },
    mayBeginLater: draw(3) === 0,
  };
}

/** @param tellOf what is said against what an oracle sees */
function guestOf(
  seed: number,
  { scenario, nodes, oracles, bounds, mayBeginLater }: Shape,
  tellOf: (oracle: string) => Tell,
): GeneratedGuest {
  const counted = tellOf(COUNTED);
  const guest = machinesGuest(
    defineMachines({
      ...scenario,
      name: `generated-${seed}`,
      nodes: nodes.map(({ address, table, startAtUs }) => ({
        address,
        machine: tableMachine('table', table, counted),
        ...(startAtUs === null ? {} : { startAtUs }),
      })),
      oracles: [lastWords, ...oracles.map(({ name, make }) => make(tellOf(name)))],
    }),
  );
  const { faults } = bounds;
  return {
    guest,
    bounds: {
      ...bounds,
      set: {},
      fatesMax: null,
      reordersMax: null,
      from: mayBeginLater && startsWell(guest, faults) ? 'started' : 'begin',
      to: guest.begin(plainRequest(guest, faults)).lastMoment,
      untilMs: UNTIL_MS,
      inputLimits: {},
    },
  };
}

/** Nothing is wrong with the plain run to the moment at which all have started. */
function startsWell(guest: GeneratedGuest['guest'], faults: readonly string[]): boolean {
  const { world, moments } = guest.begin(plainRequest(guest, faults));
  const stopWhen = moments['started'] as (view: WorldView) => boolean;
  return world.run({ untilUs: UNTIL_MS * 1_000, stopWhen }) === 'stopped' && world.violations.length === 0;
}

function plainRequest({ timeless }: GeneratedGuest['guest'], faults: readonly string[]): RunRequest {
  return { decisions: plainDecisions(), set: timeless, faults, exactFaults: { faultsMax: 0 }, checks: 'checked' };
}

const FAULTS: readonly GenericFaultKind[] = [
  'crash',
  'crash-for-good',
  'pause',
  'partition',
  'partition-one-way',
  'message-delay',
  'message-loss',
  'message-duplicate',
  'connection-break',
  'request-fail',
  'request-unknown',
];

/** Sometimes it is over: where a node counted so far, or has only so much left to do. */
function drawEnd(draw: Draw, addresses: readonly string[]): Pick<MachinesScenario, 'isOver'> {
  const [address, most, sort] = [oneOf(draw, addresses), 1 + draw(2), draw(8)];
  if (sort === 0) return { isOver: (view) => stateOf(view, address).count >= most };
  if (sort === 1) return { isOver: (view) => stateOf(view, address).acts === 0 };
  return {};
}

function oneOf<T>(draw: Draw, values: readonly T[]): T {
  return values[draw(values.length)] as T;
}

function drawAim(draw: Draw, addresses: readonly string[]): { readonly nodes?: readonly string[] } {
  return draw(2) === 0 ? {} : { nodes: [oneOf(draw, addresses)] };
}

/** Most of two or three nodes have to live, unless something else is said: then nobody dies for good. */
function mayHit(kind: GenericFaultKind): { readonly mustLive?: number } {
  return kind === 'crash-for-good' ? { mustLive: 0 } : {};
}

// ---- Tables

const INPUTS = ['start', 'm0', 'm0', 'm1', 'm1', 'm2', 'wake', 'work', 'answered', 'refused', 'connection-lost'];

function drawTable(draw: Draw, addresses: readonly string[], actsMax: number): Table {
  const rules: TableRule[] = [{ on: 'start', mode: null, actions: drawActions(draw, addresses, 1 + draw(3)) }];
  for (const on of INPUTS.slice(1))
    if (draw(4) > 0)
      rules.push({
        on,
        mode: draw(3) === 0 ? draw(3) : null,
        actions: drawActions(draw, addresses, 1 + draw(3)),
      });
  return {
    rules,
    actsMax,
    firstTimerMs: draw(8) === 0 ? 5 * (1 + draw(2)) : null,
  };
}

function drawActions(draw: Draw, addresses: readonly string[], length: number): readonly Action[] {
  const actions = Array.from({ length }, () => drawAction(draw, addresses));
  return actions.toSorted((one, other) => Number(one.do === 'halt') - Number(other.do === 'halt')); // nothing comes behind it
}

function drawAction(draw: Draw, addresses: readonly string[]): Action {
  const roll = draw(24);
  if (roll < 8) return drawSend(draw, addresses);
  if (roll < 11) return { do: 'request', request: oneOf(draw, REQUESTS) };
  if (roll < 13) return { do: 'timer', ms: draw(6) === 0 ? null : 5 * draw(3) };
  if (roll < 14) return { do: 'work', times: 1 + draw(2) };
  if (roll < 16) return { do: 'note', word: draw(3) };
  if (roll < 17) return { do: 'pick', n: 2 + draw(2) };
  if (roll < 19) return { do: 'mode', mode: draw(3) };
  if (roll < 20) return { do: draw(2) === 0 ? 'list' : 'collect' };
  if (roll < 21 && draw(3) === 0) return { do: 'halt' };
  return { do: 'count', by: 1 };
}

function drawSend(draw: Draw, addresses: readonly string[]): Action {
  const to = draw(6) === 0 ? null : oneOf(draw, addresses);
  return { do: 'send', kind: oneOf(draw, MESSAGES), to, isData: draw(5) === 0 };
}

const REQUESTS = [
  { kind: 'kv-put', key: 'k', value: 1, ifRevision: 0 },
  { kind: 'kv-put', key: 'k', value: 2, ifRevision: null },
  { kind: 'kv-get', key: 'k' },
  { kind: 'kv-delete', key: 'k', ifRevision: null },
  { kind: 'kv-watch', key: 'k', afterRevision: 0 },
  { kind: 'log-append', log: 'l', at: 0, entries: [1, 2], sync: false },
  { kind: 'log-append', log: 'l', at: 0, entries: [3], sync: true },
  { kind: 'log-read', log: 'l', from: 0, limit: null },
  { kind: 'log-sync', log: 'l' },
  { kind: 'slow', ms: 5 },
  { kind: 'slow', ms: 10 },
] as const;
