// What can happen next in a state, where time is order alone: everything that is there can happen now, in any order; the clock moves to what comes
// first when nothing is.
import { hashState } from '../../../../core/base/state.ts';
import { ANSWER, DELIVER, NOTICE } from '../../../records.ts';
import { Parts } from '../parts.ts';
import type { Row } from '../transition-system.ts';
import { FIRST_ITEM, WAKES, WORKS, type Move } from './engine-steps.ts';
import { addFirst, movesAt, movesInBag, type Found, type FoundMove } from './find-moves.ts';
import { KeyTable } from './key-table.ts';
import { BAG, FRAME, inboxPlace, nodePlace, widthFor } from './layout.ts';
import { inOrderOf, type InboxPart, type NodePart, type WorldParts } from './parts.ts';

/** More than there are nodes times places, and more than there are links and numbers of requests at a node. */
const SORT = 2 ** 40;
const PLACES = 2 ** 24;
const UNKNOWN = -1;
const NOTHING: readonly FoundMove[] = [];

/** What a node can do depends on its state, on what is on its way to it, and on the moment: it is found once for each of these. */
export class Moves {
  /** What can happen now: by node, and in the last place out of the bag. */
  readonly lists: (readonly FoundMove[])[];
  /** How many moves that are. */
  count = 0;
  /** The same in one list, where somebody asks for it. */
  readonly #ready: FoundMove[] = [];
  #isCollected = true;
  readonly #later: FoundMove[] = [];
  readonly #parts: WorldParts;
  readonly #inOrder: (one: number, other: number) => number;
  readonly #found: Found[] = [];
  /** By node: places in `#found`. */
  readonly #atNodes: readonly KeyTable[];
  readonly #inBags = new KeyTable();
  /** A time together with what is blocked then has a number; here it is by frame. */
  readonly #moments = new Parts<string>(String);
  readonly #momentOf: number[] = [];
  /** Of the state that was looked at last, most of which the next has as well: its moment; and by node, and in the last place of the bag, what was found. */
  #moment = UNKNOWN;
  readonly #last: Int32Array;
  #row: Readonly<Row>;

  constructor(parts: WorldParts) {
    this.#parts = parts;
    this.#inOrder = inOrderOf(parts.items);
    this.#atNodes = parts.nodes.map(() => new KeyTable());
    this.#last = new Int32Array(parts.nodes.length + 1);
    this.lists = Array.from(this.#last, () => NOTHING);
    this.#row = new Int32Array(widthFor(parts.nodes.length));
  }

  get bytes(): number {
    return [this.#inBags, ...this.#atNodes].reduce((sum, table) => sum + table.bytes, 0);
  }

  find(row: Readonly<Row>): void {
    const moment = this.#momentAt(row[FRAME] as number);
    const isNew = moment !== this.#moment;
    this.#moment = moment;
    const bag = this.#atNodes.length;
    for (let node = 0; node < bag; node++) {
      const state = nodePlace(node);
      const inbox = inboxPlace(node);
      if (isNew || row[state] !== this.#row[state] || row[inbox] !== this.#row[inbox])
        this.#setLast(node, this.#findAt(row, node));
    }
    if (isNew || row[BAG] !== this.#row[BAG]) this.#setLast(bag, this.#findInBag(row));
    this.#isCollected = false;
    this.#row.set(row);
  }

  #setLast(place: number, number: number): void {
    const { ready } = this.#found[number] as Found;
    this.count += ready.length - (this.lists[place] as readonly FoundMove[]).length;
    this.lists[place] = ready;
    this.#last[place] = number;
  }

  /** What can happen now. Whoever asks may put it in another order, until the next state is looked at. */
  get ready(): FoundMove[] {
    if (this.#isCollected) return this.#ready;
    let size = 0;
    for (const list of this.lists) for (const move of list) this.#ready[size++] = move;
    if (this.#ready.length > size) this.#ready.length = size; // an array that is emptied gives its memory back
    this.#isCollected = true;
    return this.#ready;
  }

  /** What would happen first if the clock moved: all of it at the same time. */
  later(): readonly FoundMove[] {
    this.#later.length = 0;
    for (const number of this.#last)
      for (const move of (this.#found[number] as Found).later) addFirst(this.#later, move);
    return this.#later;
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

  #findAt(row: Readonly<Row>, node: number): number {
    const { frames, nodes, inboxes } = this.#parts;
    const [part, inbox] = [row[nodePlace(node)] as number, row[inboxPlace(node)] as number];
    const table = this.#atNodes[node] as KeyTable;
    const known = table.get(part, inbox, this.#moment);
    if (known >= 0) return known;
    const state = (nodes[node] as Parts<NodePart>).valueOf(part);
    const coming = (inboxes[node] as Parts<InboxPart>).valueOf(inbox);
    const number =
      this.#found.push(movesAt(frames.valueOf(row[FRAME] as number), node, state, coming, this.#parts)) - 1;
    table.set(part, inbox, this.#moment, number);
    return number;
  }

  #findInBag(row: Readonly<Row>): number {
    const { frames, bags } = this.#parts;
    const bag = row[BAG] as number;
    const known = this.#inBags.get(bag, this.#moment, 0);
    if (known >= 0) return known;
    const number =
      this.#found.push(movesInBag(frames.valueOf(row[FRAME] as number), bags.valueOf(bag), this.#parts)) - 1;
    this.#inBags.set(bag, this.#moment, 0, number);
    return number;
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
