// process: user code with named values and event-time timers per key.
import { OPERATOR, RECORD } from '../../base/at-work.ts';
import type { Key, Value } from '../../base/value.ts';
import type { KeyFunction } from '../../graph/key-field.ts';
import type { OperatorFunctions } from '../../graph/functions.ts';
import type { KeyedOperator } from '../../graph/job-graph.ts';
import { BatchKeys } from '../batch-keys.ts';
import { checkNothing } from '../answers.ts';
import { checkEmitted } from '../emission.ts';
import { selectKey } from '../key-selector.ts';
import { groupIndexOf, prepareWrite, readEntry, rebuildTimers, writeEntry, type KeyedState } from '../keyed-state.ts';
import { mapKeyOf } from '../map-key.ts';
import { ProcessCall } from '../process-call.ts';
import { processEntries, removeTimer, type ProcessEntry } from '../process-entries.ts';
import { SeenRows } from '../seen-rows.ts';
import { originAt, type Rows, type StageOutput } from '../stage-output.ts';
import { noteTimerFired } from '../timer-limit.ts';
import { dropFirstTimer, isMostlyStale, isTimerDue } from '../timer-queue.ts';
import { hasTimer } from '../timer-set.ts';
import { keyedStateOf, required, type Binding, type BoundKeyed, type ChainState, type KeyedRow } from './kind.ts';

class BoundProcess implements BoundKeyed {
  readonly #id: string;
  readonly #keyOf: KeyFunction;
  readonly #onRecord: NonNullable<OperatorFunctions['onRecord']>;
  readonly #onTimer: NonNullable<OperatorFunctions['onTimer']> | null;
  readonly #binding: Binding;
  /** The context of both. */
  readonly #call: ProcessCall;
  readonly #keys = new BatchKeys();
  readonly #seen: SeenRows;

  constructor(id: string, functions: OperatorFunctions, binding: Binding) {
    this.#id = id;
    this.#keyOf = required(id, 'key', functions.key);
    this.#onRecord = required(id, 'onRecord', functions.onRecord);
    this.#onTimer = functions.onTimer ?? null;
    this.#binding = binding;
    this.#call = new ProcessCall(id, binding.parameters, functions.state ?? null);
    this.#seen = new SeenRows(functions);
  }

  onBatch(chain: ChainState, rows: Rows, size: number, out: StageOutput): void {
    const keyed = keyedStateOf<ProcessEntry>(chain, 'process');
    this.#call.begin(keyed, chain.watermark);
    if (this.#keys.find(keyed, this.#keyOf, rows, size)) this.#takeColumn(keyed, rows, size, out);
    else this.#takeRows(keyed, rows, size, out);
    this.#call.end();
    this.#seen.clear();
  }

  #takeRows(keyed: KeyedState<ProcessEntry>, rows: Rows, size: number, out: StageOutput): void {
    const { timestamps, origins } = rows;
    const { row, values, place: shown } = this.#seen.of(rows);
    const { atWork, place } = this.#binding;
    const id = this.#id;
    const keyOf = this.#keyOf;
    const onRecord = this.#onRecord; // taken out, because user code has no `this`
    const call = this.#call;
    for (let index = 0; index < size; index++) {
      shown.index = index;
      const value = row ?? (values[index] as Value);
      const timestamp = timestamps[index] as number;
      atWork[RECORD] = originAt(origins, index);
      call.open(selectKey(id, keyOf, value), timestamp);
      atWork[OPERATOR] = place;
      checkNothing(id, 'onRecord', onRecord(value, call, call.fields));
      this.#endCall(keyed, timestamp, out);
    }
  }

  /** The same for records whose keys are looked up already. */
  #takeColumn(keyed: KeyedState<ProcessEntry>, rows: Rows, size: number, out: StageOutput): void {
    const { timestamps, origins } = rows;
    const { row, values, place: shown } = this.#seen.of(rows);
    const { atWork, place } = this.#binding;
    const id = this.#id;
    const keys = this.#keys;
    const onRecord = this.#onRecord; // taken out, because user code has no `this`
    const call = this.#call;
    for (let index = 0; index < size; index++) {
      const timestamp = timestamps[index] as number;
      shown.index = index;
      atWork[RECORD] = originAt(origins, index);
      call.openAt(keys.keyAt(index), timestamp, keys, index);
      atWork[OPERATOR] = place;
      checkNothing(id, 'onRecord', onRecord(row ?? (values[index] as Value), call, call.fields));
      this.#endCall(keyed, timestamp, out);
    }
  }

  onTimers(chain: ChainState, watermark: number, max: number, out: StageOutput): void {
    const keyed = keyedStateOf<ProcessEntry>(chain, 'process');
    const { timers } = keyed;
    this.#call.begin(keyed, watermark);
    for (let left = max; left > 0 && isTimerDue(timers, watermark); left--) {
      const time = timers.times[0] as number;
      const key = timers.keys[0] as Key;
      dropFirstTimer(timers);
      this.#binding.fired.begin(time, key);
      if (takeTimer(keyed, key, time)) this.#fire(keyed, key, time, out);
      else timers.stale -= 1;
    }
    this.#call.end();
  }

  #fire(keyed: KeyedState<ProcessEntry>, key: Key, time: number, out: StageOutput): void {
    const call = this.#call;
    const onTimer = this.#onTimer;
    call.openTimer(key, time);
    this.#binding.atWork[OPERATOR] = this.#binding.place;
    noteTimerFired(keyed);
    if (onTimer !== null) checkNothing(this.#id, 'onTimer', onTimer(time, call, call.fields));
    this.#endCall(keyed, time, out);
  }

  /** What the call emitted goes on only now: user code never runs inside other user code, and cannot swallow what fails behind it. */
  #endCall(keyed: KeyedState<ProcessEntry>, timestamp: number, out: StageOutput): void {
    const call = this.#call;
    const { emitted } = call;
    for (let index = 0; index < emitted.length; index++)
      emitted[index] = checkEmitted(this.#id, emitted[index] as Value);
    this.#binding.atWork[OPERATOR] = 0;
    call.close();
    if (isMostlyStale(keyed.timers)) rebuildTimers(keyed, processEntries);
    if (emitted.length === 0) return; // nothing to empty, either: setting a length is a slow call
    for (let index = 0; index < emitted.length; index++) out.emit(emitted[index] as Value, timestamp);
    emitted.length = 0;
  }

  abandon(): void {
    this.#call.abandon();
    this.#seen.clear();
  }
}

/** False: it was deleted meanwhile. */
function takeTimer(keyed: KeyedState<ProcessEntry>, key: Key, time: number): boolean {
  const group = groupIndexOf(keyed, key);
  const mapKey = mapKeyOf(key);
  const entry = readEntry(keyed, processEntries, group, mapKey);
  if (entry === undefined || !hasTimer(entry.timers, time)) return false;
  prepareWrite(keyed, processEntries, group);
  removeTimer(entry, time);
  writeEntry(keyed, processEntries, group, mapKey, entry);
  return true;
}

export const process: KeyedRow<KeyedOperator, ProcessEntry> = {
  bind: ({ id }, functions, binding) => new BoundProcess(id, functions, binding),
  entries: processEntries,
  timerOffsetMs: () => 0,
  dropsLate: false,
};
