// Whether two inputs of one object come to the same in both orders: the same state, the same sent by each, the same shown.
import { DELIVER, START } from '../../../records.ts';
import type { Parts } from '../parts.ts';
import type { Row } from '../transition-system.ts';
import { FIRST_ITEM } from './engine-steps.ts';
import { movesAt } from './find-moves.ts';
import { KeyTable } from './key-table.ts';
import { FRAME, inboxPlace, nodePlace, SERVICES } from './layout.ts';
import { OBJECTS_MAX, type LocalSteps, type Moment } from './local-steps.ts';
import type { Outcome } from './outcome.ts';
import type { InboxPart, NodePart, WorldParts } from './parts.ts';
import type { RememberedSteps } from './remembered-steps.ts';

const SEND_WORDS = 3;
const NEVER_READY: readonly Outcome[] = [];

export class LocalOrders {
  readonly #parts: WorldParts;
  readonly #memory: RememberedSteps;
  readonly #steps: LocalSteps;
  readonly #timeOf: (row: Readonly<Row>) => number;
  readonly #isDatagram: boolean;
  readonly #pairs = new KeyTable();
  #pairCount = 0;
  #known = new KeyTable();

  constructor(
    parts: WorldParts,
    memory: RememberedSteps,
    steps: LocalSteps,
    isDatagram: boolean,
    timeOf: (row: Readonly<Row>) => number,
  ) {
    this.#parts = parts;
    this.#memory = memory;
    this.#steps = steps;
    this.#isDatagram = isDatagram;
    this.#timeOf = timeOf;
  }

  get bytes(): number {
    return this.#pairs.bytes + this.#known.bytes;
  }

  /** More steps are known than when the rest was found. */
  forget(): void {
    this.#known = new KeyTable();
  }

  /** In this state of the object; where the second input cannot be taken there, there is one order alone; where it was never seen to be, they do not. Leaves the memory at other states. */
  // oxlint-disable-next-line eslint/max-params -- an object in one of its states, and two inputs
  commute(row: Readonly<Row>, moment: Moment, object: number, part: number, one: number, other: number): boolean {
    const key = moment.number * OBJECTS_MAX + object;
    const pair = this.#pairOf(one, other);
    const known = this.#known.get(key, part, pair);
    if (known >= 0) return known === 1;
    const commute = this.#ask({ row, moment, object }, part, one, other);
    this.#known.set(key, part, pair, commute ? 1 : 0);
    return commute;
  }

  #pairOf(one: number, other: number): number {
    const known = this.#pairs.get(one, other, 0);
    if (known >= 0) return known;
    this.#pairs.set(one, other, 0, this.#pairCount);
    return this.#pairCount++;
  }

  #ask(at: At, part: number, one: number, other: number): boolean {
    if (this.#shareLink(one, other)) return false;
    const seconds = this.#outcomesAt(at, part, other);
    if (seconds === NEVER_READY) return true;
    if (this.#steps.stepAt(at.moment, at.object, part, other) === undefined) return false; // what comes of it is in no future
    const firsts = this.#outcomesAt(at, part, one);
    if (firsts === null || seconds === null || firsts.length === 0) return false;
    return firsts.every((first) => seconds.every((second) => this.#isSame(at, { one, other, first, second })));
  }

  /** Both lie on the same link, in streams of their own. */
  #shareLink(one: number, other: number): boolean {
    if (this.#isDatagram || one < FIRST_ITEM || other < FIRST_ITEM) return false;
    const left = this.#parts.items.valueOf(one - FIRST_ITEM).event;
    const right = this.#parts.items.valueOf(other - FIRST_ITEM).event;
    return left.type === DELIVER && right.type === DELIVER && left.link === right.link;
  }

  #isSame(at: At, { one, other, first, second }: Pair): boolean {
    if (!isPlain(first) || second.wrong !== null || areMixed(first, second)) return false;
    const behind = withScript(this.#outcomesAt(at, first.part, other), second);
    const before = withScript(this.#outcomesAt(at, second.part, one), first);
    if (behind === undefined || before === undefined) return false;
    return behind.part === before.part && areAlike(first, before) && areAlike(second, behind);
  }

  /** What an input comes to in a state of an object; null: that depends on more. Leaves the memory at other states. */
  // oxlint-disable-next-line eslint/max-params -- an object in one of its states, and an input
  outcomesOf(
    row: Readonly<Row>,
    moment: Moment,
    object: number,
    part: number,
    what: number,
  ): readonly Outcome[] | null {
    return this.#outcomesAt({ row, moment, object }, part, what);
  }

  #outcomesAt({ row, moment, object }: At, part: number, what: number): readonly Outcome[] | null {
    const step = this.#steps.stepAt(moment, object, part, what);
    if (step !== undefined) return step.outcomes;
    const made = row.slice();
    if (what >= FIRST_ITEM && !this.#steps.makeNext(what - FIRST_ITEM, made)) return null;
    const isNode = object < this.#steps.nodes;
    if (isNode) made[nodePlace(object)] = part;
    else made[SERVICES] = this.#servicesWith(row, object - this.#steps.nodes, part);
    const frame = this.#parts.frames.valueOf(row[FRAME] as number);
    const { node, time } = what < FIRST_ITEM ? { node: object, time: 0 } : this.#itemAt(what - FIRST_ITEM);
    if (time > frame.now) return NEVER_READY;
    if (isNode && !this.#isReady(made, object, what)) return NEVER_READY;
    this.#memory.begin(made, frame, this.#timeOf(row));
    return this.#memory.outcomesOf({ what, node, at: frame.now, isOfNode: false, outcomes: undefined });
  }

  #itemAt(item: number): { readonly node: number; readonly time: number } {
    const { event, time } = this.#parts.items.valueOf(item);
    return { node: event.node, time };
  }

  #servicesWith(row: Readonly<Row>, service: number, part: number): number {
    const { serviceTuples } = this.#parts;
    return serviceTuples.numberOf(serviceTuples.valueOf(row[SERVICES] as number).with(service, part));
  }

  #isReady(row: Readonly<Row>, node: number, what: number): boolean {
    if (what >= FIRST_ITEM && this.#parts.items.valueOf(what - FIRST_ITEM).event.type === START) return true;
    const { frames, nodes, inboxes } = this.#parts;
    const part = (nodes[node] as Parts<NodePart>).valueOf(row[nodePlace(node)] as number);
    const inbox = (inboxes[node] as Parts<InboxPart>).valueOf(row[inboxPlace(node)] as number);
    const { ready } = movesAt(frames.valueOf(row[FRAME] as number), node, part, inbox);
    return ready.some((move) => move.what === what);
  }
}

interface At {
  readonly row: Readonly<Row>;
  readonly moment: Moment;
  readonly object: number;
}

interface Pair {
  readonly one: number;
  readonly other: number;
  readonly first: Outcome;
  readonly second: Outcome;
}

function isPlain({ wrong, chances }: Outcome): boolean {
  return wrong === null && chances === 0;
}

/** Both send over one link, so that it shows which was first. */
function areMixed({ sends }: Outcome, other: Outcome): boolean {
  for (let at = 0; at < sends.length; at += SEND_WORDS)
    for (let to = 0; to < other.sends.length; to += SEND_WORDS)
      if (sends[at] === other.sends[to] && ((sends[at + 2] as number) & (other.sends[to + 2] as number)) !== 0)
        return true;
  return false;
}

function withScript(outcomes: readonly Outcome[] | null, { script }: Outcome): Outcome | undefined {
  return outcomes?.find((outcome) => outcome.wrong === null && areEqual(outcome.script, script));
}

function areAlike(one: Outcome, other: Outcome): boolean {
  return (
    one.calls === other.calls &&
    one.chances === other.chances &&
    areEqual(one.sends, other.sends) &&
    areEqual(
      one.seen.map(({ observation }) => observation),
      other.seen.map(({ observation }) => observation),
    )
  );
}

function areEqual(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((number, at) => number === other[at]);
}
