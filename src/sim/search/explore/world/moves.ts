// What can happen next in a state, where time is order alone: everything that is there can happen now, in any order; the clock moves to what comes
// first when nothing is.
import { NEVER } from '../../../../core/base/machine.ts';
import { hashState } from '../../../../core/base/state.ts';
import type { TimeUs } from '../../../observation.ts';
import { ANSWER, DELIVER, NOTICE, PAUSED } from '../../../records.ts';
import type { Parts } from '../parts.ts';
import type { Row } from '../transition-system.ts';
import { FIRST_ITEM, WAKES, WORKS, type Move } from './engine-steps.ts';
import { BAG, FRAME, inboxPlace, nodePlace } from './layout.ts';
import type { Frame, Head, InboxPart, NodePart, WorldParts } from './parts.ts';

/** More than there are nodes times places, and more than there are links and numbers of requests at a node. */
const SORT = 2 ** 40;
const PLACES = 2 ** 24;

export class Moves {
  /** What can happen now. */
  readonly ready: Move[] = [];
  /** What would happen first if the clock moved: all of it at the same time. */
  readonly later: Move[] = [];
  readonly #parts: WorldParts;
  #now: TimeUs = 0;
  #blocked: Frame['blocked'] = null;

  constructor(parts: WorldParts) {
    this.#parts = parts;
  }

  find(row: Readonly<Row>): void {
    const { now, blocked } = this.#parts.frames.valueOf(row[FRAME] as number);
    this.#now = now;
    this.#blocked = blocked;
    this.ready.length = 0;
    this.later.length = 0;
    const { nodes, inboxes, bags, items } = this.#parts;
    for (let node = 0; node < nodes.length; node++) {
      const part = (nodes[node] as Parts<NodePart>).valueOf(row[nodePlace(node)] as number);
      const inbox = (inboxes[node] as Parts<InboxPart>).valueOf(row[inboxPlace(node)] as number);
      this.#findAt(node, part, inbox);
    }
    const bag = bags.valueOf(row[BAG] as number);
    for (let at = 0; at < bag.length; at++) {
      const item = bag[at] as number;
      if (at > 0 && bag[at - 1] === item) continue; // the same twice
      const { time, event } = items.valueOf(item);
      this.#add(FIRST_ITEM + item, event.node, time);
    }
  }

  /** A deadline that is due goes before all else, and what waits in a queue before what comes. */
  #findAt(node: number, { dueUs, isRunning, hasWork, record }: NodePart, { heads }: InboxPart): void {
    const now = this.#now;
    if (dueUs !== NEVER) this.#add(WAKES, node, dueUs);
    if (hasWork && dueUs > now) this.#add(WORKS, node, now);
    const isWaiting = record.status === PAUSED || (isRunning && (dueUs <= now || record.queue.length > 0));
    for (let at = 0; at < heads.length; at++) {
      const head = heads[at] as Head;
      const { item, time } = head;
      const isNext = !isWaiting && (!isRunning || time < dueUs || time <= now);
      if (isNext || this.#isOfLinks(head)) this.#add(FIRST_ITEM + item, node, time);
    }
  }

  /** Something happens to a link, whatever its node does: it broke, or a partition stops what is on it. */
  #isOfLinks({ isNotice, link, time }: Head): boolean {
    if (isNotice || link < 0 || this.#blocked === null) return isNotice;
    return (this.#blocked[link >> 1] as number) > Math.max(time, this.#now);
  }

  /**
   * Sorts what can happen now by turn: deadlines, then what comes to nodes, then requests and what the world does, then work; of each the first node
   * first, and there by connection and by number of request.
   */
  orderByTurn(moves: Move[]): void {
    moves.sort((one, other) => this.#turnOf(one) - this.#turnOf(other) || one.what - other.what);
  }

  #turnOf({ what, node }: Move): number {
    if (what === WAKES) return node;
    if (what === WORKS) return 3 * SORT + node;
    const { type, link, item } = this.#parts.items.valueOf(what - FIRST_ITEM).event;
    const sort = type === DELIVER || type === ANSWER || type === NOTICE ? 1 : 2;
    const { id = 0 } = (item ?? {}) as { readonly id?: number };
    return sort * SORT + node * PLACES + (link < 0 ? PLACES / 2 + Math.min(id, PLACES / 2 - 1) : link);
  }

  /** What happens, and when, without the numbers of parts. */
  keyOf({ what, node, at }: Move): string {
    if (what < FIRST_ITEM) return `${what} ${node} ${at}`;
    const { type, node: place, incarnation, link, stream, item } = this.#parts.items.valueOf(what - FIRST_ITEM).event;
    return `${at} ${hashState([type, place, incarnation, link, stream, item])}`;
  }

  #add(what: number, node: number, time: TimeUs): void {
    if (time <= this.#now) {
      this.ready.push({ what, node, at: this.#now });
      return;
    }
    const first = this.later[0]?.at ?? Number.POSITIVE_INFINITY;
    if (time > first) return;
    if (time < first) this.later.length = 0;
    this.later.push({ what, node, at: time });
  }
}
