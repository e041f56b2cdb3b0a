// State of the keys of an operator, as a checkpoint and the reference can both be brought to, and where the two differ.
import type { Key, Value } from '../../core/base/value.ts';
import type { ReadSnapshot } from './decode.ts';
import { NO_VALUES, NO_WINDOWS, type KeyState, type KeyStates, type OperatorState } from './kinds/kind.ts';
import { REFERENCE_KINDS } from './kinds/kinds.ts';
import { windowResult } from './kinds/window.ts';
import type { PlannedOperator, ReferencePlan } from './reference-plan.ts';
import type { StateAtCut } from './reference.ts';
import { areEqual, textOf } from './text.ts';

/** What snapshots hold of an operator. */
export function statesIn({ operator }: PlannedOperator, snapshots: readonly ReadSnapshot[]): KeyStates {
  const states: KeyStates = new Map();
  const { kept } = REFERENCE_KINDS[operator.kind];
  if (kept === null) return states;
  for (const { operators } of snapshots) {
    for (const { operator: id, keyGroups } of operators) {
      if (id !== operator.id) continue;
      for (const { entries } of keyGroups)
        for (const { key, value } of entries) states.set(textOf(key), kept.read(key, value));
    }
  }
  return states;
}

/** What the reference holds of an operator. */
export function expectedStates({ operator }: PlannedOperator, state: OperatorState): KeyStates {
  return REFERENCE_KINDS[operator.kind].kept?.expected(state) ?? new Map();
}

/** The keys, and the windows that each has: what follows from the records, whatever code that varies made of them. */
export function keysAlone(states: KeyStates): KeyStates {
  return new Map(
    [...states].map(([text, { key, windows }]) => [
      text,
      { ...NO_STATE, key, windows: new Map([...windows.keys()].map((start) => [start, null])) },
    ]),
  );
}

/** The name under which timers are spoken of, beside those of states. */
const TIMERS = 'its timers';

/** `unordered`: a list of the same items in another order. `unknown`: whatever else. */
type Dependence = 'unordered' | 'unknown';

/** Names of an operator's states (and `TIMERS`) that depend on the order of reading. */
export type StatesOfOrder = ReadonlyMap<string, Dependence>;

/** Notes which states of an operator, of any key, come to something else in one order of reading than in another. */
export function noteStatesOfOrder(noted: Map<string, Dependence>, index: number, states: readonly StateAtCut[]): void {
  const [first, ...others] = states.map(({ states: byOperator }) => (byOperator[index] as OperatorState).keys);
  for (const other of others) {
    for (const key of new Set([...(first?.keys() ?? []), ...other.keys()])) {
      const [one, two] = [first?.get(key), other.get(key)];
      for (const name of new Set([...(one?.values.keys() ?? []), ...(two?.values.keys() ?? [])])) {
        const [left, right] = [one?.values.get(name), two?.values.get(name)];
        if (isSameState(left, right) || noted.get(name) === 'unknown') continue;
        noted.set(name, haveSameItems(left, right) ? 'unordered' : 'unknown');
      }
      if (timersText(one?.timers ?? []) !== timersText(two?.timers ?? [])) noted.set(TIMERS, 'unknown');
    }
  }
}

function haveSameItems(left: Value | undefined, right: Value | undefined): boolean {
  return Array.isArray(left) && Array.isArray(right) && sortedText(left) === sortedText(right);
}

function isSameState(one: Value | undefined, other: Value | undefined): boolean {
  return one === undefined || other === undefined ? one === other : areEqual(one, other);
}

function timersText(timers: Iterable<number>): string {
  return [...timers].sort((left, right) => left - right).join();
}

/**
 * One line for each key that differs.
 * @param ofOrder states that depend on the order of reading: lists of the same items are compared without their order, others not at all
 */
export function keyDifferences(
  plan: ReferencePlan,
  index: number,
  found: KeyStates,
  expected: KeyStates,
  ofOrder: StatesOfOrder,
): readonly string[] {
  const { id } = (plan.operators[index] as PlannedOperator).operator;
  const differences: string[] = [];
  const compare = (text: string, one: KeyState | undefined, other: KeyState | undefined): void => {
    if (isSame(plan, index, one, other, ofOrder)) return;
    const right = other === undefined ? 'the reference has no such key' : `reference ${describeState(other)}`;
    differences.push(`${id}: key ${text} is ${one === undefined ? 'missing' : describeState(one)}, ${right}`);
  };
  for (const [text, other] of expected) compare(text, found.get(text), other);
  for (const [text, one] of found) if (!expected.has(text)) compare(text, one, undefined);
  return differences;
}

const NO_STATE: Omit<KeyState, 'key'> = { windows: NO_WINDOWS, values: NO_VALUES, timers: [] };

function isSame(
  plan: ReferencePlan,
  index: number,
  found: KeyState | undefined,
  expected: KeyState | undefined,
  ofOrder: StatesOfOrder,
): boolean {
  if ((found === undefined || expected === undefined) && ofOrder.size === 0) return false;
  const [one, other] = [found ?? NO_STATE, expected ?? NO_STATE];
  return (
    haveSameWindows(plan, index, one, other, (expected ?? found)?.key as Key) &&
    haveSameValues(one, other, ofOrder) &&
    (ofOrder.has(TIMERS) || haveSameTimers(one, other))
  );
}

function haveSameTimers({ timers: one }: Pick<KeyState, 'timers'>, { timers: other }: Pick<KeyState, 'timers'>) {
  return one.length === other.length && (one.length === 0 || timersText(one) === timersText(other));
}

function haveSameValues(
  { values: one }: Pick<KeyState, 'values'>,
  { values: other }: Pick<KeyState, 'values'>,
  ofOrder: StatesOfOrder,
): boolean {
  const isSameValue = (name: string): boolean => {
    const [left, right] = [one.get(name), other.get(name)];
    if (isSameState(left, right)) return true;
    const dependence = ofOrder.get(name);
    return dependence === 'unknown' || (dependence === 'unordered' && haveSameItems(left, right));
  };
  for (const name of one.keys()) if (!isSameValue(name)) return false;
  for (const name of other.keys()) if (!one.has(name) && !isSameValue(name)) return false;
  return true;
}

function sortedText(items: readonly Value[]): string {
  return items.map(textOf).toSorted().join();
}

/** An accumulator may remember the order of records where its result does not. */
function haveSameWindows(
  plan: ReferencePlan,
  index: number,
  { windows: one }: Pick<KeyState, 'windows'>,
  { windows: other }: Pick<KeyState, 'windows'>,
  key: Key,
): boolean {
  if (one.size !== other.size) return false;
  for (const [start, accumulator] of other) {
    const found = one.get(start);
    if (found === undefined) return false;
    if (areEqual(found, accumulator)) continue;
    const resultOf = (value: Value): Value => windowResult(plan, index, start, key, value);
    if (!areEqual(resultOf(found), resultOf(accumulator))) return false;
  }
  return true;
}

function describeState({ windows, values, timers }: KeyState): string {
  const parts = [
    ...[...windows]
      .sort(([left], [right]) => left - right)
      .map(([start, accumulator]) => `window from ${start} ${textOf(accumulator)}`),
    ...[...values]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, value]) => `${name} ${textOf(value)}`),
    ...[...timers].sort((left, right) => left - right).map((at) => `timer ${at}`),
  ];
  return parts.join(', ') || 'empty';
}
