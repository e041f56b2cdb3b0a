// Compares what a completed checkpoint holds with the state of the reference at the same cut.
import type { Key, Value } from '../../core/base/value.ts';
import type { CheckpointMetadata } from '../../core/checkpoint/metadata.ts';
import type { OracleContext } from './context.ts';
import { keyGroupFor, ownerOf, readSnapshot, type ReadSnapshot } from './decode.ts';
import { isKeyedOperator, type PlannedOperator, type ReferencePlan } from './reference-plan.ts';
import { windowResult, type OperatorState } from './reference-run.ts';
import type { Cut, Reference, StateAtCut } from './reference.ts';
import { textOf } from './text.ts';

interface DecodedSubtask {
  readonly vertex: number;
  readonly subtask: number;
  readonly snapshot: ReadSnapshot;
}

/** State of one key as both sides can be brought to: windows by their start, values by name, timers. */
interface KeyState {
  readonly key: Key;
  readonly windows: ReadonlyMap<number, Value>;
  readonly values: ReadonlyMap<string, Value>;
  readonly timers: readonly number[];
}

type KeyStates = Map<string, KeyState>;

/** One line for each difference; none if the checkpoint is the state of the job at its cut. */
export function compareWithReference(
  reference: Reference,
  context: OracleContext,
  metadata: CheckpointMetadata,
  blobs: ReadonlyMap<string, Uint8Array>,
): readonly string[] {
  const cut = cutOf(reference.plan, metadata);
  if (typeof cut === 'string') return [cut];
  const subtasks = decodeSubtasks(metadata, blobs);
  const state = reference.stateAt(cut);
  return [
    ...subtasks.flatMap((subtask) => splitDifferences(state, cut, subtask)),
    ...reference.plan.operators.flatMap((planned, index) =>
      isKeyedOperator(planned.operator) ? operatorDifferences(context, state, index, subtasks) : [],
    ),
  ];
}

/** The positions that the metadata names; a sentence if a split is missing, or has two owners. */
function cutOf(plan: ReferencePlan, metadata: CheckpointMetadata): Cut | string {
  const positions: number[] = [];
  for (const { operator, split, records } of plan.splits) {
    const owners = metadata.subtasks.filter(({ splits }) =>
      splits.some((one) => one.operator === operator && one.split === split),
    );
    const position = owners[0]?.splits.find((one) => one.operator === operator && one.split === split)?.position;
    if (position === undefined) return `split ${split} of ${operator} is in no snapshot`;
    if (owners.length > 1) return `split ${split} of ${operator} is in ${owners.length} snapshots`;
    if (position > records.length)
      return `split ${split} of ${operator} is at ${position}, behind its end at ${records.length}`;
    positions.push(position);
  }
  return { positions, ended: plan.splits.map(({ records }, index) => positions[index] === records.length) };
}

/** What cannot be read is the affair of O-store. */
function decodeSubtasks(
  metadata: CheckpointMetadata,
  blobs: ReadonlyMap<string, Uint8Array>,
): readonly DecodedSubtask[] {
  return metadata.subtasks.flatMap(({ vertex, subtask, handle }) => {
    const bytes = blobs.get(handle.name);
    const snapshot = bytes === undefined ? null : readSnapshot(bytes);
    return snapshot !== null && snapshot.ok ? [{ vertex, subtask, snapshot: snapshot.value }] : [];
  });
}

function splitDifferences(
  state: StateAtCut,
  cut: Cut,
  { vertex, subtask, snapshot }: DecodedSubtask,
): readonly string[] {
  return snapshot.splits.flatMap(({ operator, split, position, maxTimestamp }) => {
    const index = state.plan.splits.findIndex((planned) => planned.operator === operator && planned.split === split);
    const where = `${vertex}/${subtask}: split ${split} of ${operator}`;
    if (index < 0) return [`${where} is no split of the job`];
    if (position !== cut.positions[index])
      return [`${where} is at ${position}, the metadata says ${cut.positions[index]}`];
    const expected = state.maxTimestamps[index];
    return maxTimestamp === expected ? [] : [`${where} saw timestamps up to ${maxTimestamp}, reference ${expected}`];
  });
}

function operatorDifferences(
  context: OracleContext,
  state: StateAtCut,
  index: number,
  subtasks: readonly DecodedSubtask[],
): readonly string[] {
  const planned = state.plan.operators[index] as PlannedOperator;
  const { id } = planned.operator;
  const own = subtasks.filter(({ snapshot }) => snapshot.operators.some(({ operator }) => operator === id));
  const watermark = state.watermarks[index] as number;
  const behind = own.filter(({ snapshot }) => snapshot.watermark !== watermark);
  if (behind.length > 0) {
    return behind.map(
      ({ vertex, subtask, snapshot }) =>
        `${vertex}/${subtask} ${id}: watermark ${snapshot.watermark}, reference ${watermark}`,
    );
  }
  const misplaced = own.flatMap((decoded) => misplacedKeys(context, planned, decoded));
  const found = new Map(own.flatMap((decoded) => [...statesIn(planned, decoded)]));
  const expected = expectedStates(planned, state.states[index] as OperatorState);
  return [...misplaced, ...keyDifferences(state.plan, index, found, expected)];
}

function misplacedKeys(
  context: OracleContext,
  { operator }: PlannedOperator,
  { vertex, subtask, snapshot }: DecodedSubtask,
): readonly string[] {
  const { maxParallelism } = context.graph;
  const groups = snapshot.operators.filter((one) => one.operator === operator.id).flatMap((one) => one.keyGroups);
  return groups.flatMap(({ keyGroup, entries }) =>
    entries.flatMap(({ key }) => {
      const right = keyGroupFor(key, maxParallelism);
      const owner = ownerOf(right, maxParallelism, operator.parallelism);
      if (right === keyGroup && owner === subtask) return [];
      return [
        `${vertex}/${subtask} ${operator.id}: key ${textOf(key)} lies in key group ${keyGroup}, it is of group ${right} of subtask ${owner}`,
      ];
    }),
  );
}

function statesIn({ operator }: PlannedOperator, { snapshot }: DecodedSubtask): KeyStates {
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

function expectedStates({ operator }: PlannedOperator, state: OperatorState): KeyStates {
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

function keyDifferences(plan: ReferencePlan, index: number, found: KeyStates, expected: KeyStates): readonly string[] {
  const { id } = (plan.operators[index] as PlannedOperator).operator;
  const differences: string[] = [];
  for (const [text, state] of expected) {
    const other = found.get(text);
    if (other === undefined) differences.push(`${id}: key ${text} is missing, reference ${describeState(state)}`);
    else if (!sameState(plan, index, other, state)) {
      differences.push(`${id}: key ${text} is ${describeState(other)}, reference ${describeState(state)}`);
    }
  }
  for (const [text, state] of found) {
    if (!expected.has(text))
      differences.push(`${id}: key ${text} is ${describeState(state)}, the reference has no such key`);
  }
  return differences;
}

function sameState(plan: ReferencePlan, index: number, found: KeyState, expected: KeyState): boolean {
  if (describeState(found) === describeState(expected)) return true;
  if (found.windows.size === 0 || found.windows.size !== expected.windows.size) return false;
  // An accumulator may remember the order of records where its result does not.
  return [...expected.windows].every(([start, accumulator]) => {
    const other = found.windows.get(start);
    return (
      other !== undefined &&
      resultText(plan, index, start, expected.key, other) === resultText(plan, index, start, expected.key, accumulator)
    );
  });
}

function resultText(plan: ReferencePlan, index: number, start: number, key: Key, accumulator: Value): string {
  return textOf(windowResult(plan, index, start, key, accumulator));
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
