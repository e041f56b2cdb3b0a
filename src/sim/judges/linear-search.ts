// The search for an order of calls that a sequential object could have had: by Wing and Gong, with Lowe's memory of what was tried. A call takes
// effect at some moment between its beginning and its answer; one without an answer at any moment after its beginning, or never.
import { diffStates, hashState } from '../../core/base/state.ts';
import type { Call, SequentialModel } from './history.ts';

/** Whether a history is linearizable; if not, how far it is. */
export interface LinearResult<S, O, R> {
  readonly verdict: 'linearizable' | 'violated' | 'undecided';
  /** Calls in the longest order that was found, answered ones counted; of a linearizable history, one that explains it. */
  readonly order: readonly Call<O, R>[];
  /** The state behind them. */
  readonly state: S;
  /** Calls that could have come next, none of which fits: the first of those left, and all that had begun before one of them was answered. */
  readonly stuck: readonly Call<O, R>[];
}

/** An event of the history in a list that calls are taken out of and put back into. */
interface Entry {
  /** Index of the call. */
  readonly call: number;
  readonly isReturn: boolean;
  previous: Entry | null;
  next: Entry | null;
  /** Of a call: its return; null: it has none. */
  match: Entry | null;
}

interface Chosen<S> {
  readonly entry: Entry;
  readonly stateBefore: S;
}

/** Searches for an order in which the model gives the answers of a history. @param triesMax orders that are tried at most; then it is undecided. */
export function checkLinearizable<S, O, R>(
  model: SequentialModel<S, O, R>,
  calls: readonly Call<O, R>[],
  triesMax = Number.POSITIVE_INFINITY,
): LinearResult<S, O, R> {
  return new Search(model, calls).run(triesMax);
}

class Search<S, O, R> {
  readonly #model: SequentialModel<S, O, R>;
  readonly #calls: readonly Call<O, R>[];
  readonly #head: Entry;
  readonly #tried = new TriedOrders<S>();
  readonly #chosen: Chosen<S>[] = [];
  readonly #taken: Uint32Array;
  /** Answered calls that are not in the order yet. */
  #left: number;
  #state: S;
  #best: readonly number[] = [];
  #bestState: S;
  #bestLeft: number;

  constructor(model: SequentialModel<S, O, R>, calls: readonly Call<O, R>[]) {
    this.#model = model;
    this.#calls = calls;
    this.#head = entriesOf(calls);
    this.#taken = new Uint32Array(Math.ceil(calls.length / 32));
    this.#left = calls.filter(({ returned }) => returned !== null).length;
    this.#bestLeft = this.#left;
    this.#state = model.init;
    this.#bestState = model.init;
  }

  run(triesMax: number): LinearResult<S, O, R> {
    let entry = this.#head.next;
    for (let tries = 0; this.#left > 0;) {
      if (entry !== null && !entry.isReturn) {
        tries += 1;
        if (tries > triesMax) return this.#result('undecided');
        entry = this.#tryCall(entry) ? this.#head.next : entry.next;
        continue;
      }
      this.#keepBest(); // behind this order comes an answer that nothing explains
      const last = this.#chosen.pop();
      if (last === undefined) return this.#result('violated');
      this.#putBack(last);
      entry = last.entry.next;
    }
    return this.#result('linearizable');
  }

  /** Takes a call as the next one, if it fits and leads to what was not tried yet. */
  #tryCall(entry: Entry): boolean {
    const { operation, returned } = this.#calls[entry.call] as Call<O, R>;
    const after = this.#model.step(this.#state, operation, returned?.result);
    if (after === null) return false;
    if (returned === null && diffStates(this.#state, after) === null) return false; // as if it had never happened
    this.#flip(entry.call);
    if (!this.#tried.add(this.#taken, after)) {
      this.#flip(entry.call);
      return false;
    }
    this.#chosen.push({ entry, stateBefore: this.#state });
    this.#state = after;
    lift(entry);
    if (entry.match !== null) this.#left -= 1;
    return true;
  }

  #putBack({ entry, stateBefore }: Chosen<S>): void {
    this.#flip(entry.call);
    this.#state = stateBefore;
    unlift(entry);
    if (entry.match !== null) this.#left += 1;
  }

  #flip(call: number): void {
    this.#taken[call >> 5] = (this.#taken[call >> 5] as number) ^ (1 << (call & 31));
  }

  #keepBest(): void {
    const isBetter =
      this.#left < this.#bestLeft || (this.#left === this.#bestLeft && this.#chosen.length < this.#best.length);
    if (!isBetter) return; // a call without an answer is in it only if something needs it
    this.#best = this.#chosen.map(({ entry }) => entry.call);
    this.#bestLeft = this.#left;
    this.#bestState = this.#state;
  }

  #result(verdict: LinearResult<S, O, R>['verdict']): LinearResult<S, O, R> {
    this.#keepBest();
    const order = this.#best.map((index) => this.#calls[index] as Call<O, R>);
    const stuck = verdict === 'linearizable' ? [] : stuckCalls(this.#calls.filter((call) => !order.includes(call)));
    return { verdict, order, state: this.#bestState, stuck };
  }
}

/** Of the calls that are left, those that began before the first of their answers. */
function stuckCalls<O, R>(left: readonly Call<O, R>[]): readonly Call<O, R>[] {
  const firstAnswer = Math.min(...left.map(({ returned }) => returned?.at ?? Number.POSITIVE_INFINITY));
  return left.filter(({ calledAt }) => calledAt < firstAnswer);
}

/** Calls and answers in the order of the history. Returns the head, which is none of them. */
function entriesOf(calls: readonly Call[]): Entry {
  const placed = calls.flatMap(({ calledAt, returned }, call) => {
    const begin: Entry = { call, isReturn: false, previous: null, next: null, match: null };
    if (returned === null) return [{ at: calledAt, entry: begin }];
    begin.match = { call, isReturn: true, previous: null, next: null, match: null };
    return [
      { at: calledAt, entry: begin },
      { at: returned.at, entry: begin.match },
    ];
  });
  const head: Entry = { call: -1, isReturn: false, previous: null, next: null, match: null };
  let last = head;
  for (const { entry } of placed.sort((left, right) => left.at - right.at)) {
    last.next = entry;
    entry.previous = last;
    last = entry;
  }
  return head;
}

function lift(entry: Entry): void {
  unlink(entry);
  if (entry.match !== null) unlink(entry.match);
}

/** In the opposite order, so that neighbours are where they were. */
function unlift(entry: Entry): void {
  if (entry.match !== null) relink(entry.match);
  relink(entry);
}

function unlink({ previous, next }: Entry): void {
  if (previous !== null) previous.next = next;
  if (next !== null) next.previous = previous;
}

function relink(entry: Entry): void {
  if (entry.previous !== null) entry.previous.next = entry;
  if (entry.next !== null) entry.next.previous = entry;
}

/** Sets of calls with the state that they led to: whoever comes to the same by another order need not go on. */
class TriedOrders<S> {
  readonly #byHash = new Map<string, { readonly taken: Uint32Array; readonly state: S }[]>();

  /** False if it is known. Hashes find it, and the data itself decides. */
  add(taken: Uint32Array, state: S): boolean {
    const hash = hashState([taken, state]);
    const known = this.#byHash.get(hash) ?? [];
    if (known.some((other) => diffStates(other.taken, taken) === null && diffStates(other.state, state) === null))
      return false;
    known.push({ taken: taken.slice(), state });
    this.#byHash.set(hash, known);
    return true;
  }
}
