// process: user code with named values and event-time timers per key.
import type { Key, Value } from '../base/value.ts';
import { OPERATOR } from '../base/at-work.ts';
import { KEYED_PLACE, type ChainCode, type ProcessCode } from './chain-code.ts';
import { checkNothing } from './answers.ts';
import { checkEmitted } from './emission.ts';
import { selectKey } from './key-selector.ts';
import { groupIndexOf, prepareWrite, readEntry, rebuildTimers, writeEntry, type KeyedState } from './keyed-state.ts';
import { mapKeyOf } from './map-key.ts';
import { processEntries, removeTimer, type ProcessEntry } from './process-entries.ts';
import { noteTimerFired } from './timer-limit.ts';
import { isMostlyStale } from './timer-queue.ts';
import { hasTimer } from './timer-set.ts';

/** Hands a record to user code. What it emitted is in `operator.call.emitted` afterwards. */
export function processOne(
  keyed: KeyedState<ProcessEntry>,
  code: ChainCode,
  operator: ProcessCode,
  value: Value,
  timestamp: number,
  watermark: number,
): void {
  const { call, onRecord } = operator;
  call.open(keyed, selectKey(operator.id, operator.key, value), timestamp, watermark);
  code.atWork[OPERATOR] = KEYED_PLACE;
  checkNothing(operator.id, 'onRecord', onRecord(value, call));
  endCall(keyed, code, operator);
}

/** Fires the timer that came up, unless it was deleted meanwhile. */
export function fireTimer(
  keyed: KeyedState<ProcessEntry>,
  code: ChainCode,
  operator: ProcessCode,
  key: Key,
  time: number,
  watermark: number,
): void {
  if (!takeTimer(keyed, key, time)) {
    keyed.timers.stale -= 1;
    return;
  }
  const { call, onTimer } = operator;
  call.openTimer(keyed, key, time, watermark);
  code.atWork[OPERATOR] = KEYED_PLACE;
  noteTimerFired(keyed);
  if (onTimer !== null) checkNothing(operator.id, 'onTimer', onTimer(time, call));
  endCall(keyed, code, operator);
}

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

function endCall(keyed: KeyedState<ProcessEntry>, code: ChainCode, operator: ProcessCode): void {
  const { emitted } = operator.call;
  for (let index = 0; index < emitted.length; index++) checkEmitted(operator.id, emitted[index] as Value);
  code.atWork[OPERATOR] = 0;
  operator.call.close();
  if (isMostlyStale(keyed.timers)) rebuildTimers(keyed, processEntries);
}
