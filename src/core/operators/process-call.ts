// One call of `onRecord` or `onTimer`: the context that it is given, and what it left behind. One object serves all calls of a chain's code.
// Records that it emits wait until it returned, so that user code never runs inside other user code.
import type { Key, Value } from '../base/value.ts';
import type { ProcessContext, ValueState } from '../graph/functions.ts';
import { checkStateName, checkStored, checkTimerTime } from './answers.ts';
import { checkEmittedCount } from './emission.ts';
import { groupIndexOf, prepareWrite, readEntry, removeEntry, type KeyedState } from './keyed-state.ts';
import { mapKeyOf, type MapKey } from './map-key.ts';
import {
  addTimer,
  clearState,
  createProcessEntry,
  isEmptyProcessEntry,
  processEntries,
  removeTimer,
  setState,
  stateOf,
  type ProcessEntry,
} from './process-entries.ts';
import { noteTimerSet } from './timer-limit.ts';
import { pushTimer } from './timer-queue.ts';
import { hasTimer } from './timer-set.ts';
import { UserCodeError } from './user-code-error.ts';

export class ProcessCall implements ProcessContext {
  readonly parameters: Value;
  timestamp = 0;
  watermark = 0;
  key: Key = '';
  /** What the call emitted, in order. */
  readonly emitted: Value[] = [];
  readonly #operator: string;
  readonly #states = new Map<string, StateOfCall>();
  #keyed: KeyedState<ProcessEntry> | null = null;
  #group = 0;
  #mapKey: MapKey = '';
  #entry: ProcessEntry | null = null;
  /** The call is one of `onTimer`. */
  #isTimer = false;

  constructor(operator: string, parameters: Value) {
    this.#operator = operator;
    this.parameters = parameters;
  }

  /** Begins a call of `onRecord` for a key. */
  open(keyed: KeyedState<ProcessEntry>, key: Key, timestamp: number, watermark: number): void {
    this.#isTimer = false;
    this.#keyed = keyed;
    this.#mapKey = mapKeyOf(key);
    this.#group = groupIndexOf(keyed, key);
    this.#entry = readEntry(keyed, this.#group, this.#mapKey) ?? null;
    this.key = key;
    this.timestamp = timestamp;
    this.watermark = watermark;
  }

  /** The same of `onTimer`. */
  openTimer(keyed: KeyedState<ProcessEntry>, key: Key, time: number, watermark: number): void {
    this.open(keyed, key, time, watermark);
    this.#isTimer = true;
  }

  /** Ends the call. A context that user code kept is of no use from here on. */
  close(): void {
    if (this.#keyed !== null && this.#entry !== null && isEmptyProcessEntry(this.#entry))
      removeEntry(this.#keyed, this.#group, this.#mapKey);
    this.#keyed = null;
    this.#entry = null;
  }

  /** Gives the call up: something was thrown. */
  abandon(): void {
    this.emitted.length = 0;
    this.#keyed = null;
    this.#entry = null;
  }

  /** For reading; null if the key has nothing yet. */
  get entry(): ProcessEntry | null {
    this.#open();
    return this.#entry;
  }

  /** For changes. */
  writableEntry(): ProcessEntry {
    const keyed = this.#open();
    const entries = prepareWrite(keyed, processEntries, this.#group);
    if (this.#entry !== null) return this.#entry;
    this.#entry = createProcessEntry();
    entries.set(this.#mapKey, this.#entry);
    return this.#entry;
  }

  state<T>(name: string): ValueState<T> {
    let state = this.#states.get(name);
    if (state === undefined) {
      checkStateName(this.#operator, name);
      state = new StateOfCall(this, this.#operator, name);
      this.#states.set(name, state);
    }
    return state as ValueState<unknown> as ValueState<T>;
  }

  registerEventTimeTimer(timestamp: number): void {
    const keyed = this.#open();
    const time = checkTimerTime(this.#operator, timestamp);
    if (!addTimer(this.writableEntry(), time)) return;
    pushTimer(keyed.timers, time, this.key);
    if (this.#isTimer) noteTimerSet(keyed, time, this.watermark);
  }

  deleteEventTimeTimer(timestamp: number): void {
    const keyed = this.#open();
    const time = checkTimerTime(this.#operator, timestamp);
    if (this.#entry === null || !hasTimer(this.#entry.timers, time)) return;
    if (removeTimer(this.writableEntry(), time)) keyed.timers.stale += 1;
  }

  collect(value: Value): void {
    this.#open();
    this.emitted.push(value);
    checkEmittedCount(this.#operator, this.emitted.length);
  }

  #open(): KeyedState<ProcessEntry> {
    if (this.#keyed === null)
      throw new UserCodeError(this.#operator, 'used a context after the call that it was given to');
    return this.#keyed;
  }
}

/** A named value of whatever key the call is for. */
class StateOfCall implements ValueState<Value> {
  readonly #call: ProcessCall;
  readonly #operator: string;
  readonly #name: string;

  constructor(call: ProcessCall, operator: string, name: string) {
    this.#call = call;
    this.#operator = operator;
    this.#name = name;
  }

  value(): Value | null {
    const { entry } = this.#call;
    return entry === null ? null : stateOf(entry, this.#name);
  }

  update(value: Value): void {
    checkStored(this.#operator, this.#name, value);
    setState(this.#call.writableEntry(), this.#name, value);
  }

  clear(): void {
    if (this.#call.entry?.names.includes(this.#name) === true) clearState(this.#call.writableEntry(), this.#name);
  }
}
