// State of the keys of an operator, as a checkpoint and the reference can both be brought to, and where the two differ.
import type { Key, Value } from '../../core/base/value.ts';
import type { ReadSnapshot } from './decode.ts';
import type { PlannedOperator, ReferencePlan } from './reference-plan.ts';
import { windowResult, type OperatorState } from './reference-run.ts';
import type { StateAtCut } from './reference.ts';
import { textOf } from './text.ts';

/** State of one key: windows by their start, values by name, timers. */
interface KeyState {
  readonly key: Key;
  readonly windows: ReadonlyMap<number, Value>;
  readonly values: ReadonlyMap<string, Value>;
  readonly timers: readonly number[];
}

/** By canonical text of the key. */
export type KeyStates = Map<string, KeyState>;

/** What a snapshot holds of an operator. */
export function statesIn({ operator }: PlannedOperator, snapshot: ReadSnapshot): KeyStates {
  const states: KeyStates = new Map();
  for (const { keyGroups } of snapshot.operators.filter((one) => one.operator === operator.id)) {
    for (const { entries } of keyGroups) {
      for (const { key, value } of entries) states.set(textOf(key), readEntry(operator.kind, key, value));
    }
  }
  return states;
}

/** How the kinds of operators write an entry: `window` as `[[start, accumulator], …]`, `reduce` as its value, `process` as `{ states, timers }`. */
function readEntry(kind: string, key: Key, value: Value): KeyState {
  if (kind === 'window')
    return { key, windows: new Map(value as unknown as [number, Value][]), values: new Map(), timers: [] };
  if (kind === 'reduce') return { key, windows: new Map(), values: new Map([['value', value]]), timers: [] };
  const entry = value as unknown as {
    readonly states: Readonly<Record<string, Value>>;
    readonly timers: readonly number[];
  };
  return { key, windows: new Map(), values: new Map(Object.entries(entry.states)), timers: entry.timers };
}

/** What the reference holds of an operator. */
export function expectedStates({ operator }: PlannedOperator, state: OperatorState): KeyStates {
  const states: KeyStates = new Map();
  for (const [text, { key, values, timers }] of state.keys)
    states.set(text, { key, windows: new Map(), values, timers: [...timers] });
  if (operator.kind !== 'window') return states;
  for (const [start, keys] of state.windows) {
    for (const [text, { key, accumulator }] of keys) {
      const windows = new Map(states.get(text)?.windows).set(start, accumulator);
      states.set(text, { key, windows, values: new Map(), timers: [] });
    }
  }
  return states;
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
        if (textOfState(left) === textOfState(right) || noted.get(name) === 'unknown') continue;
        noted.set(name, haveSameItems(left, right) ? 'unordered' : 'unknown');
      }
      if (timersText(one?.timers ?? []) !== timersText(two?.timers ?? [])) noted.set(TIMERS, 'unknown');
    }
  }
}

function haveSameItems(left: Value | undefined, right: Value | undefined): boolean {
  return Array.isArray(left) && Array.isArray(right) && sortedText(left) === sortedText(right);
}

function textOfState(value: Value | undefined): string {
  return value === undefined ? 'none' : textOf(value);
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
  for (const text of new Set([...expected.keys(), ...found.keys()])) {
    const [one, other] = [found.get(text), expected.get(text)];
    if (isSame(plan, index, one, other, ofOrder)) continue;
    const right = other === undefined ? 'the reference has no such key' : `reference ${describeState(other)}`;
    differences.push(`${id}: key ${text} is ${one === undefined ? 'missing' : describeState(one)}, ${right}`);
  }
  return differences;
}

const NO_STATE: Omit<KeyState, 'key'> = { windows: new Map(), values: new Map(), timers: [] };

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
    (ofOrder.has(TIMERS) || timersText(one.timers) === timersText(other.timers))
  );
}

function haveSameValues(
  { values: one }: Pick<KeyState, 'values'>,
  { values: other }: Pick<KeyState, 'values'>,
  ofOrder: StatesOfOrder,
): boolean {
  return [...new Set([...one.keys(), ...other.keys()])].every((name) => {
    const [left, right] = [one.get(name), other.get(name)];
    if (textOfState(left) === textOfState(right)) return true;
    const dependence = ofOrder.get(name);
    return dependence === 'unknown' || (dependence === 'unordered' && haveSameItems(left, right));
  });
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
  return [...other].every(([start, accumulator]) => {
    const found = one.get(start);
    if (found === undefined) return false;
    if (textOf(found) === textOf(accumulator)) return true;
    const resultOf = (value: Value): string => textOf(windowResult(plan, index, start, key, value));
    return resultOf(found) === resultOf(accumulator);
  });
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
