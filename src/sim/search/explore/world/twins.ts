// Two runs side by side in which the same happens: one as it is, and its twin, off which everything that has passed was taken. What machines declare
// of their moments and counters is right if both are the same in every state but for that.
import { diffStates } from '../../../../core/base/state.ts';
import { must } from '../../../../core/base/assert.ts';
import type { Row } from '../transition-system.ts';
import { FIRST_ITEM, type EngineSteps, type Made, type Move, type StepMode } from './engine-steps.ts';
import type { Judges } from './judges.ts';
import { BAG, FRAME, JUDGES, nodePlace, SERVICES } from './layout.ts';
import { Moves } from './moves.ts';
import type { NormalForm } from './normal-form.ts';
import type { Symmetry } from './symmetry.ts';
import { NOTHING_USED, type WorldParts } from './parts.ts';

/** What twins are made of. */
export interface TwinWorld {
  readonly steps: EngineSteps;
  readonly parts: WorldParts;
  readonly judges: Judges;
  readonly normal: NormalForm;
}

type ToldWorld = Omit<TwinWorld, 'normal'>;

/** The same, of an exploration that may know no such thing. */
export interface UnifiedWorld extends ToldWorld {
  readonly normal: NormalForm | null;
  readonly symmetry: Symmetry | null;
}

/** What came of them. */
export interface Twins {
  /** Steps that both made. */
  readonly steps: number;
  /** One sentence about what should be the same and is not, or null. */
  readonly difference: string | null;
}

/**
 * Lets twins make so many steps, or fewer if nothing is left to do, or something goes wrong in one.
 *
 * @param choose which of so many things happens next, from 0 on
 */
export function runTwins(world: TwinWorld, stepsMax: number, choose: (n: number) => number): Twins {
  const { steps, parts, judges, normal } = world;
  const moves = new Moves(parts);
  let row: Row = new Int32Array(4 + 2 * steps.engine.nodes.length);
  steps.rowOf(steps.engine, NOTHING_USED, row);
  row[JUDGES] = judges.first;
  let twin = normalOf(normal, row);
  for (let at = 0; at < stepsMax; at++) {
    moves.find(row);
    const ways = moves.ready.length > 0 ? moves.ready : moves.later();
    if (ways.length === 0) return { steps: at, difference: null };
    const move = must(ways[choose(ways.length)], 'something that can happen');
    const made = steps.make(row, move, [], 'plain');
    const madeByTwin = steps.make(twin, twinMove(world, row, move, normal.passedIn(row)), [], 'plain');
    if (made.wrong !== null || madeByTwin.wrong !== null)
      return { steps: at, difference: wrongOfOne(made, madeByTwin) };
    const after = judged(judges, row, made);
    const expected = normalOf(normal, after);
    const said = takeViolation(judges);
    const found = normalOf(normal, judged(judges, twin, madeByTwin));
    const difference = differenceOf(world, expected, found) ?? objectionOfOne(said, takeViolation(judges));
    if (difference !== null) return { steps: at, difference };
    row = after;
    twin = expected;
  }
  return { steps: stepsMax, difference: null };
}

function normalOf(normal: NormalForm, row: Row): Row {
  const copy = row.slice();
  normal.apply(copy);
  return copy;
}

function judged(judges: Judges, before: Row, { row, seen }: Made): Row {
  let tuple = before[JUDGES] as number;
  for (const { observation, values } of seen) tuple = judges.judge(tuple, observation, values);
  const after = row.slice();
  after[JUDGES] = tuple;
  return after;
}

/** The name of the oracle that objected, or null. */
function takeViolation(judges: Judges): string | null {
  const { violation } = judges;
  judges.violation = null;
  return violation?.oracle ?? null;
}

function objectionOfOne(one: string | null, other: string | null): string | null {
  if (one === other) return null;
  return `${one ?? other ?? ''} objects to a run, and not to the same run begun at another time: it looks at what has passed`;
}

/** @param number of what was taken off the twin */
function twinMove({ normal, parts }: TwinWorld, row: Readonly<Row>, { what, node, at }: Move, number: number): Move {
  const item = what < FIRST_ITEM ? what : FIRST_ITEM + normal.itemOf(what - FIRST_ITEM, number);
  const { now } = parts.frames.valueOf(row[FRAME] as number);
  return { what: item, node, at: normal.nowOf(now, number) + at - now };
}

/**
 * Makes a step again in a run that began earlier. Nobody objected to it.
 *
 * @param expected the state behind it, but for which bounds are used up
 * @returns one sentence about what is not the same, or null
 */
export function laterDifference(
  { normal, ...others }: Omit<UnifiedWorld, 'symmetry'>,
  row: Readonly<Row>,
  taken: Taken,
  expected: Readonly<Row>,
): string | null {
  if (normal === null) return null;
  const world = { ...others, normal };
  const { steps, judges } = world;
  const later = row.slice();
  const number = normal.delay(later);
  const made = steps.make(later, twinMove(world, row, taken.move, number), taken.script, taken.mode);
  const found = normalOf(normal, judged(judges, later, made));
  found[FRAME] = expected[FRAME] as number;
  return differenceOf(world, expected, found) ?? objectionOfOne(null, takeViolation(judges));
}

/**
 * Makes a step again after nodes changed places. Nobody objected to it.
 *
 * @param expected the state behind it
 */
export function changedDifference(
  { normal, symmetry, ...world }: UnifiedWorld,
  row: Readonly<Row>,
  { move, script, mode }: Taken,
  expected: Readonly<Row>,
): string | null {
  const { steps, judges, parts } = world;
  const hasFaults = mode === 'any' && steps.engine.settings.faults !== null;
  if (symmetry === null || hasFaults) return null; // they are asked for node by node, in their order
  const change = symmetry.nextChange();
  const changed = row.slice();
  symmetry.change(row, change, changed);
  const { what, node, at } = move;
  const item = what < FIRST_ITEM ? what : FIRST_ITEM + symmetry.itemAfter(change, what - FIRST_ITEM);
  const made = steps.make(changed, { what: item, node: symmetry.nodeAfter(change, node), at }, script, mode);
  const found = judged(judges, changed, made);
  const { used } = parts.frames.valueOf(expected[FRAME] as number);
  found[FRAME] = parts.frames.numberOf({ ...parts.frames.valueOf(found[FRAME] as number), used });
  normal?.apply(found);
  symmetry.apply(found);
  const objection = takeViolation(judges);
  const place = found.findIndex((part, index) => part !== expected[index]);
  if (place < 0 && objection === null) return null;
  const why =
    objection === null ? valuesText(world, place, expected, found) : `${objection} objects to one of them alone`;
  return `nodes that are said to change places (\`symmetric\`) cannot: a step and the same step after they did lead to different states: ${why}`;
}

function valuesText(
  world: Omit<TwinWorld, 'normal'>,
  place: number,
  expected: Readonly<Row>,
  found: Readonly<Row>,
): string {
  const [owner, left, right] = valuesAt(world, place, expected[place] as number, found[place] as number);
  const difference = diffStates(left, right);
  return difference === null ? owner : `${owner}, ${difference.path} is ${difference.left} and ${difference.right}`;
}

/** A step that was made. */
export interface Taken {
  readonly move: Move;
  readonly script: readonly number[];
  readonly mode: StepMode;
}

function wrongOfOne(made: Made, twin: Made): string | null {
  if ((made.wrong === null) === (twin.wrong === null)) return null;
  return `a run goes wrong, and the same run begun at another time does not: ${made.wrong ?? twin.wrong ?? ''}`;
}

function differenceOf(world: TwinWorld, expected: Readonly<Row>, found: Readonly<Row>): string | null {
  const isOther = (place: number): boolean => expected[place] !== found[place];
  const states = world.steps.engine.nodes.map((_, node) => nodePlace(node)); // told first: the rest mostly follows from them
  const place = states.find(isOther) ?? expected.findIndex((_, index) => isOther(index));
  if (place < 0) return null;
  const [owner, left, right] = valuesAt(world, place, expected[place] as number, found[place] as number);
  const difference = diffStates(left, right);
  const where =
    difference === null
      ? ''
      : `: ${difference.path} is ${difference.left} in one, and ${difference.right} in the other`;
  return `${owner} is not the same in a run and in the same run begun at another time${where}; its moments and counters are to be declared (\`relative\`)`;
}

type Found = readonly [owner: string, left: unknown, right: unknown];

function valuesAt(world: ToldWorld, place: number, left: number, right: number): Found {
  const { parts, judges, steps } = world;
  if (place === FRAME) return ['the world', parts.frames.valueOf(left), parts.frames.valueOf(right)];
  if (place === JUDGES) return ['what judges think', judges.opinionsOf(left), judges.opinionsOf(right)];
  if (place === BAG)
    return ['what is on its way', itemsOf(world, parts.bags.valueOf(left)), itemsOf(world, parts.bags.valueOf(right))];
  if (place === SERVICES) return ['what services hold', servicesOf(world, left), servicesOf(world, right)];
  const node = (place - nodePlace(0)) >> 1;
  const { address } = must(steps.engine.nodes[node], 'a node').fixed;
  const [states, inboxes] = [must(parts.nodes[node], 'a node'), must(parts.inboxes[node], 'an inbox')];
  if (place === nodePlace(node))
    return [`the state of ${address}`, stateOf(states.valueOf(left)), stateOf(states.valueOf(right))];
  return [
    `what is on its way to ${address}`,
    comingOf(world, inboxes.valueOf(left)),
    comingOf(world, inboxes.valueOf(right)),
  ];
}

function stateOf({ record }: ReturnType<WorldParts['nodes'][number]['valueOf']>): unknown {
  const { state, status, wakeAtMs, clock } = record;
  return { state, status, wakeAtMs, clock };
}

function servicesOf({ parts }: ToldWorld, tuple: number): unknown {
  return parts.serviceTuples.valueOf(tuple).map((number) => {
    const { state, waiting } = parts.services.valueOf(number);
    return { state, waiting };
  });
}

function comingOf(world: ToldWorld, inbox: ReturnType<WorldParts['inboxes'][number]['valueOf']>): unknown {
  const { links, self, answers } = inbox;
  return {
    links: links.map(({ flying, held }) => ({ flying: itemsOf(world, flying), held: itemsOf(world, held) })),
    self: itemsOf(world, self),
    answers: itemsOf(world, answers),
  };
}

function itemsOf({ parts }: ToldWorld, items: readonly number[]): unknown {
  return items.map((item) => {
    const { event, time } = parts.items.valueOf(item);
    return { item: event.item, type: event.type, node: event.node, incarnation: event.incarnation, time };
  });
}
