// Small guests, drawn: two or three machines that are tables, services, faults, and oracles that sometimes object. The same seed draws the same.
import { defineMachines } from '../../../../../src/sim/machines/define-machines.ts';
import { machinesGuest } from '../../../../../src/sim/machines/machines-guest.ts';
import type { AnyOracle, MachinesScenario } from '../../../../../src/sim/machines/scenario.ts';
import { invariant } from '../../../../../src/sim/judges/invariant.ts';
import type { RunRequest } from '../../../../../src/sim/guest.ts';
import { plainDecisions } from '../../../../../src/sim/tape-decisions.ts';
import type { Oracle, WorldView } from '../../../../../src/sim/observation.ts';
import type { GuestBounds } from '../../../../../src/sim/search/explore/explore-guest.ts';
import { seededDecisions } from '../../../../../src/sim/seeded-decisions.ts';
import { durableLog } from '../../../../../src/sim/services/durable-log.ts';
import { keyValueStore, type KeyValueState } from '../../../../../src/sim/services/key-value-store.ts';
import { pickUniformly } from '../../../../../src/sim/decisions.ts';
import { faultKindsOn, type GenericFaultKind } from '../../../../../src/sim/faults/kinds.ts';
import { MESSAGES, tableMachine, type Action, type Table, type TableRule, type TableState } from './table-machine.ts';

/** A guest, and inside which bounds it is explored. */
export interface GeneratedGuest {
  readonly guest: ReturnType<typeof machinesGuest>;
  readonly bounds: GuestBounds;
}

type Draw = (n: number) => number;

const UNTIL_MS = 12_000; // behind every late notice and request

export function generateGuest(seed: number): GeneratedGuest {
  const decisions = seededDecisions(seed);
  const draw: Draw = (n) => pickUniformly(decisions, 'guest', n);
  const addresses = ['a', 'b', 'c'].slice(0, 2 + draw(2));
  const transport = draw(2) === 0 ? 'stream' : 'datagram';
  const faultsMax = draw(5) < 2 ? 1 : 0;
  const kinds = faultKindsOn(transport).filter((kind) => FAULTS.includes(kind));
  const faults = faultsMax === 0 ? [] : [oneOf(draw, kinds)];
  const actsMax = faultsMax > 0 ? 1 + draw(2) : 2 + draw(3);
  const guest = machinesGuest(
    defineMachines({
      name: `generated-${seed}`,
      about: 'Tables that were drawn.',
      messages: MESSAGES,
      nodes: addresses.map((address) => ({
        address,
        machine: tableMachine('table', drawTable(draw, addresses, actsMax)),
        ...(draw(6) === 0 ? { startAtUs: 5_000 * draw(2) } : {}),
      })),
      services: [keyValueStore<number>(), durableLog<number>()],
      transport,
      sim: { restartNodeMs: draw(2) * 5 },
      faults: Object.fromEntries(faults.map((kind) => [kind, 1])),
      aim: Object.fromEntries(
        faults.map((kind) => [kind, { longestMs: 5 * (1 + draw(3)), ...drawAim(draw, addresses) }]),
      ),
      oracles: drawOracles(draw, addresses),
      ...drawEnd(draw, addresses),
      runMs: 2 * UNTIL_MS,
    }),
  );
  const bounds = {
    set: {},
    faults,
    faultsMax,
    deviationsMax: draw(4) === 0 ? 1 : 0,
    chancesMax: draw(2),
    fatesMax: null,
    reordersMax: null,
    from: draw(3) === 0 && startsWell(guest, faults) ? 'started' : 'begin',
    to: guest.begin(plainRequest(guest, faults)).lastMoment,
    untilMs: UNTIL_MS,
    inputLimits: {},
  };
  return { guest, bounds };
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

function stateOf(view: WorldView, address: string): TableState {
  return view.node(address)?.state as TableState;
}

function oneOf<T>(draw: Draw, values: readonly T[]): T {
  return values[draw(values.length)] as T;
}

function drawAim(draw: Draw, addresses: readonly string[]): { readonly nodes?: readonly string[] } {
  return draw(2) === 0 ? {} : { nodes: [oneOf(draw, addresses)] };
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
    countMax: draw(4) === 0 ? 1 + draw(4) : 1_000,
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
] as const;

// ---- Oracles

function drawOracles(draw: Draw, addresses: readonly string[]): readonly AnyOracle[] {
  const [one, other] = [oneOf(draw, addresses), oneOf(draw, addresses)];
  const [sum, mode, revision, first, second] = [1 + draw(6), draw(3), 1 + draw(3), draw(3), draw(3)];
  const all = [
    invariant<TableState>('sum', ({ live }) => {
      const total = live.reduce((counted, { state }) => counted + state.count, 0);
      return total > sum ? `${total} in all` : null;
    }),
    invariant<TableState>('not both', ({ at }) =>
      at(one).state.mode === 1 + (mode % 2) && at(other).state.mode === 2 ? 'both are there' : null,
    ),
    wordOrder(one, first, other, second),
    lastWords(),
    revisions(one, revision),
    whoWrote(one),
    lastCount(other, sum),
  ];
  return all.filter((_, at) => at === 3 || draw(2) === 0);
}

/** After one has said a word, the other must not say another. */
function wordOrder(one: string, first: number, other: string, second: number): Oracle<{ isSaid: boolean }> {
  return {
    name: 'word order',
    create: () => ({ isSaid: false }),
    observe(state, seen, _, violate) {
      if (seen.kind !== 'stepped') return;
      for (const effect of seen.effects) {
        const word = effect.effect === 'note' ? (effect.note as unknown as { readonly word: number }).word : -1;
        if (seen.node === other && word === second && state.isSaid) violate('order', 'said in the wrong order', []);
        if (seen.node === one && word === first) state.isSaid = true;
      }
    },
    finish: () => {},
  };
}

/** Never objects, but remembers the order of the last two words. */
function lastWords(): Oracle<{ words: string[] }> {
  return {
    name: 'last words',
    create: () => ({ words: [] }),
    observe(state, seen) {
      if (seen.kind !== 'stepped') return;
      for (const effect of seen.effects)
        if (effect.effect === 'note')
          state.words = [...state.words, `${seen.node}${JSON.stringify(effect.note)}`].slice(-2);
    },
    finish: () => {},
  };
}

/** A node must not wait for an answer while the store is at a revision. */
function revisions(address: string, revision: number): Oracle<null> {
  return {
    name: 'revisions',
    create: () => null,
    observe(_, seen, view, violate) {
      if (seen.kind !== 'applied') return;
      const stored = view.service('kv') as KeyValueState;
      if (stored.revision === revision && stateOf(view, address).mode === 1)
        violate('revision', `${address} is in mode 1 at revision ${revision}`, []);
    },
    finish: () => {},
  };
}

/** Looks at a node only where another node did something. */
function whoWrote(address: string): Oracle<{ modes: number }> {
  return {
    name: 'who wrote',
    create: () => ({ modes: 0 }),
    observe(state, seen, view) {
      if (seen.kind === 'stepped' && seen.node !== address && seen.input.kind === 'message')
        state.modes |= 1 << stateOf(view, address).mode;
    },
    finish: () => {},
  };
}

/** Objects at the end, to a number. */
function lastCount(address: string, count: number): Oracle<null> {
  return {
    name: 'last count',
    create: () => null,
    observe: () => {},
    finish(_, view, violate) {
      if (stateOf(view, address).count === count) violate('count', `${address} ends with ${count}`, []);
    },
  };
}
