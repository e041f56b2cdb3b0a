// What can happen next at one node, or to what is on its way to none, where time is order alone.
import { NEVER } from '../../../../core/base/machine.ts';
import type { TimeUs } from '../../../observation.ts';
import { PAUSED } from '../../../records.ts';
import { FIRST_ITEM, WAKES, WORKS, type Move } from './engine-steps.ts';
import type { Outcome } from './outcome.ts';
import type { Frame, Head, InboxPart, NodePart, WorldParts } from './parts.ts';

/** A move, and what is known of it: whoever finds what it comes to keeps it here. */
export interface FoundMove extends Move {
  /** It depends on its node, on what is on its way there, and on the moment alone: so does what it comes to, if that is remembered. */
  readonly isOfNode: boolean;
  /** Of the event that it is (`records.ts`); -1: a deadline, or work. */
  readonly type: number;
  /** Null: it depends on more than is remembered. Undefined: nobody has asked. */
  outcomes: readonly Outcome[] | null | undefined;
  /** What is left of the inbox, or of the bag, that it was taken from, if nothing else comes there; -1: nobody has asked. */
  left: number;
}

/** What can happen now, and what would happen first if the clock moved: all of it at the same time. */
export interface Found {
  readonly ready: readonly FoundMove[];
  readonly later: readonly FoundMove[];
}

/** A deadline that is due goes before all else, and what waits in a queue before what comes. */
export function movesAt(
  frame: Frame,
  node: number,
  { dueUs, isRunning, hasWork, record }: NodePart,
  { heads }: InboxPart,
  { items }: Pick<WorldParts, 'items'>,
): Found {
  const { now } = frame;
  const found = new Finding(now, true, items);
  if (dueUs !== NEVER) found.add(WAKES, node, dueUs);
  if (hasWork && dueUs > now) found.add(WORKS, node, now);
  const isWaiting = record.status === PAUSED || (isRunning && (dueUs <= now || record.queue.length > 0));
  for (const head of heads) {
    const { item, time } = head;
    const isNext = !isWaiting && (!isRunning || time < dueUs || time <= now);
    if (isNext || isOfLinks(head, frame)) found.add(FIRST_ITEM + item, node, time);
  }
  return found;
}

/** Something happens to a link, whatever its node does: it broke, or a partition stops what is on it. */
function isOfLinks({ isNotice, link, time }: Head, { now, blocked }: Frame): boolean {
  if (isNotice || link < 0 || blocked === null) return isNotice;
  return (blocked[link >> 1] as number) > Math.max(time, now);
}

export function movesInBag({ now }: Frame, bag: readonly number[], { items }: WorldParts): Found {
  const found = new Finding(now, false, items);
  for (const [at, item] of bag.entries()) {
    if (at > 0 && bag[at - 1] === item) continue; // the same twice
    const { time, event } = items.valueOf(item);
    found.add(FIRST_ITEM + item, event.node, time);
  }
  return found;
}

class Finding implements Found {
  readonly ready: FoundMove[] = [];
  readonly later: FoundMove[] = [];
  readonly #now: TimeUs;
  readonly #isOfNode: boolean;
  readonly #items: WorldParts['items'];

  constructor(now: TimeUs, isOfNode: boolean, items: WorldParts['items']) {
    this.#now = now;
    this.#isOfNode = isOfNode;
    this.#items = items;
  }

  add(what: number, node: number, time: TimeUs): void {
    const at = Math.max(time, this.#now);
    const type = what < FIRST_ITEM ? -1 : this.#items.valueOf(what - FIRST_ITEM).event.type;
    const move = { what, node, at, isOfNode: this.#isOfNode, type, outcomes: undefined, left: -1 };
    if (time <= this.#now) this.ready.push(move);
    else addFirst(this.later, move);
  }
}

/** Only the first of all are kept, which are those at the same time. */
export function addFirst(moves: FoundMove[], move: FoundMove): void {
  const first = moves[0]?.at ?? Infinity;
  if (move.at > first) return;
  if (move.at < first) moves.length = 0;
  moves.push(move);
}
