// What can happen next in a state, where time is order alone: everything that is there can happen now, in any order; the clock moves to what comes
// first when nothing is.
import { hashState } from '../../../../core/base/state.ts';
import { ANSWER, DELIVER, NOTICE } from '../../../records.ts';
import { Parts } from '../parts.ts';
import type { Row } from '../transition-system.ts';
import { FIRST_ITEM, WAKES, WORKS, type Move } from './engine-steps.ts';
import { addFirst, movesAt, movesInBag, type Found, type FoundMove } from './find-moves.ts';
import { KeyTable } from './key-table.ts';
import { BAG, FRAME, inboxPlace, nodePlace } from './layout.ts';
import { inOrderOf, type InboxPart, type NodePart, type WorldParts } from './parts.ts';

/** More than there are nodes times places, and more than there are links and numbers of requests at a node. */
const SORT = 2 ** 40;
const PLACES = 2 ** 24;
const UNKNOWN = -1;

/** What a node can do depends on its state, on what is on its way to it, and on the moment: it is found once for each of these. */
export class Moves {
  /** What can happen now. */
  readonly ready: FoundMove[] = [];
  /** What would happen first if the clock moved: all of it at the same time. */
  readonly later: FoundMove[] = [];
  readonly #parts: WorldParts;
  readonly #inOrder: (one: number, other: number) => number;
  readonly #found: Found[] = [];
  /** By node: places in `#found`. */
  readonly #atNodes: readonly KeyTable[];
  readonly #inBags = new KeyTable();
  /** A time together with what is blocked then has a number; here it is by frame. */
  readonly #moments = new Parts<string>(String);
  readonly #momentOf: number[] = [];

  constructor(parts: WorldParts) {
    this.#parts = parts;
    this.#inOrder = inOrderOf(parts.items);
    this.#atNodes = parts.nodes.map(() => new KeyTable());
  }

  get bytes(): number {
    return [this.#inBags, ...this.#atNodes].reduce((sum, table) => sum + table.bytes, 0);
  }

  find(row: Readonly<Row>): void {
    this.ready.length = 0;
    this.later.length = 0;
    const frame = row[FRAME] as number;
    const moment = this.#momentAt(frame);
    for (let node = 0; node < this.#atNodes.length; node++) {
      const [part, inbox] = [row[nodePlace(node)] as number, row[inboxPlace(node)] as number];
      const table = this.#atNodes[node] as KeyTable;
      const known = table.get(part, inbox, moment);
      if (known >= 0) this.#take(known);
      else table.set(part, inbox, moment, this.#keep(this.#movesAt(frame, node, part, inbox)));
    }
    const bag = row[BAG] as number;
    const known = this.#inBags.get(bag, moment, 0);
    if (known >= 0) this.#take(known);
    else this.#inBags.set(bag, moment, 0, this.#keep(this.#movesInBag(frame, bag)));
  }

  #momentAt(frame: number): number {
    const known = this.#momentOf[frame] ?? UNKNOWN;
    if (known !== UNKNOWN) return known;
    while (this.#momentOf.length <= frame) this.#momentOf.push(UNKNOWN);
    const { now, blocked } = this.#parts.frames.valueOf(frame);
    const moment = this.#moments.numberOf(blocked === null ? `${now}` : `${now} ${blocked.join()}`);
    this.#momentOf[frame] = moment;
    return moment;
  }

  #movesAt(frame: number, node: number, part: number, inbox: number): Found {
    const { frames, nodes, inboxes } = this.#parts;
    const state = (nodes[node] as Parts<NodePart>).valueOf(part);
    return movesAt(frames.valueOf(frame), node, state, (inboxes[node] as Parts<InboxPart>).valueOf(inbox));
  }

  #movesInBag(frame: number, bag: number): Found {
    const { frames, bags } = this.#parts;
    return movesInBag(frames.valueOf(frame), bags.valueOf(bag), this.#parts);
  }

  /** Takes what was found for the first time. Its number. */
  #keep(found: Found): number {
    const number = this.#found.push(found) - 1;
    this.#take(number);
    return number;
  }

  #take(number: number): void {
    const { ready, later } = this.#found[number] as Found;
    for (let at = 0; at < ready.length; at++) this.ready.push(ready[at] as FoundMove);
    for (let at = 0; at < later.length; at++) addFirst(this.later, later[at] as FoundMove);
  }

  /**
   * Sorts what can happen now by turn: deadlines, then what comes to nodes, then requests and what the world does, then work; of each the first node
   * first, and there by connection and by number of request.
   */
  orderByTurn(moves: Move[]): void {
    moves.sort((one, other) => this.#turnOf(one) - this.#turnOf(other) || this.#compare(one, other));
  }

  #compare({ what }: Move, other: Move): number {
    if (what < FIRST_ITEM || other.what < FIRST_ITEM) return what - other.what;
    return this.#inOrder(what - FIRST_ITEM, other.what - FIRST_ITEM);
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
}
