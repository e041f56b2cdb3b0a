// The contract of an operator's code. It is over batches: one call takes a batch, and another the timers that are due, and no call per record is made
// but those of the user's functions. Each kind is one file beside this one, and `../kinds.ts` lists them.
import { assert } from '../../base/assert.ts';
import { RECORD, type AtWork } from '../../base/at-work.ts';
import type { Key, Value } from '../../base/value.ts';
import type { OperatorFunctions, RecordContext } from '../../graph/functions.ts';
import type { KeyedKind } from '../../graph/kinds.ts';
import type { CalledRecord, CallsState } from '../calls.ts';
import type { EntryKind, KeyedState } from '../keyed-state.ts';
import type { Rows, StageOutput } from '../stage-output.ts';
import { UserCodeError } from '../user-code-error.ts';

export interface ChainState {
  /** Event time: no record at or before it is expected any more. After a restore, set it to that of the snapshot. */
  watermark: number;
  /** Records that came when their window was over. */
  lateRecordsDropped: number;
  /** State of the first operator, if it is keyed. */
  readonly keyed: KeyedChainState | null;
  /** Records of the first operator that wait for answers of the host. There in chains alone that ask for any: states of others, and hashes of their runs, do without. */
  readonly calls?: CallsState;
}

export interface KeyedChainState {
  readonly kind: KeyedKind;
  /** Its entries are those of the kind. */
  readonly state: KeyedState<unknown>;
}

/** The timers that fired in this step, in order. */
export class FiredTimers {
  readonly times: number[] = [];
  readonly keys: Key[] = [];
  readonly #atWork: AtWork;

  constructor(atWork: AtWork) {
    this.#atWork = atWork;
  }

  /** One fires now. */
  begin(time: number, key: Key): void {
    this.times.push(time);
    this.#atWork[RECORD] = -this.keys.push(key);
  }

  clear(): void {
    this.times.length = 0;
    this.keys.length = 0;
  }
}

/** What an operator of a chain is bound to, beside its functions. */
export interface Binding {
  /** Among the operators of the chain, from 1. */
  readonly place: number;
  readonly parameters: Value;
  /** The context of functions that are given no key, to be filled for each record. */
  readonly context: { -readonly [F in keyof RecordContext]: RecordContext[F] };
  /** `RECORD` is what is at hand, as `Origins` count it; `OPERATOR` the place, while user code runs: whom to name when something throws. */
  readonly atWork: AtWork;
  readonly fired: FiredTimers;
}

/** The code of one operator of a chain. It holds nothing between two calls but contexts to be filled again. */
export interface BoundOperator {
  /** Takes the first `size` of these records in their order; what comes of each goes to `out` before that of the next one. */
  onBatch(chain: ChainState, rows: Rows, size: number, out: StageOutput): void;
  /** Forgets the call that threw. */
  abandon(): void;
}

export interface BoundKeyed extends BoundOperator {
  /** Fires up to `max` of the timers that are due at the watermark, by time and then by key. */
  onTimers(chain: ChainState, watermark: number, max: number, out: StageOutput): void;
}

export interface BoundAsking extends BoundOperator {
  /** Gives what came of these records, which its host was asked for. */
  onAnswers(records: readonly CalledRecord[], out: StageOutput): void;
}

export interface OperatorRow<O> {
  /** Throws a UserCodeError if a function is missing. */
  readonly bind: (operator: O, functions: OperatorFunctions, binding: Binding) => BoundOperator;
}

export interface KeyedRow<O, E> {
  readonly bind: (operator: O, functions: OperatorFunctions, binding: Binding) => BoundKeyed;
  readonly entries: EntryKind<E>;
  /** From a time in an entry to when its timer is due. */
  readonly timerOffsetMs: (operator: O) => number;
  /** It counts records that it drops, because they come too late. */
  readonly dropsLate: boolean;
}

/** The state that a keyed operator works on. */
export function keyedStateOf<E>({ keyed }: ChainState, kind: KeyedKind): KeyedState<E> {
  assert(keyed !== null && keyed.kind === kind, 'code and state are of one kind');
  return keyed.state as KeyedState<E>;
}

/** What the first operator of a chain has in flight. */
export function callsOf({ calls }: ChainState): CallsState {
  assert(calls !== undefined, 'code and state are of one kind');
  return calls;
}

/** A function that the operator cannot do without. */
export function required<F>(id: string, name: string, found: F | undefined): F {
  if (found === undefined) throw new UserCodeError(id, `has no function "${name}" in its program`);
  return found;
}
