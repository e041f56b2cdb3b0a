// Compares what a completed checkpoint holds with the state of the reference at the same cut.
import type { CheckpointMetadata } from '../../core/checkpoint/metadata.ts';
import type { OracleContext } from './context.ts';
import { keyGroupFor, ownerOf, readSnapshot, type ReadSnapshot } from './decode.ts';
import {
  expectedStates,
  keyDifferences,
  keysAlone,
  noteStatesOfOrder,
  statesIn,
  type StatesOfOrder,
} from './key-states.ts';
import { inFlightIn } from './in-flight.ts';
import type { KeyStates, OperatorState } from './kinds/kind.ts';
import { REFERENCE_KINDS } from './kinds/kinds.ts';
import { statesInAllOrders } from './orders.ts';
import { isEndAt, type PlannedOperator, type PlannedSplit, type ReferencePlan } from './reference-plan.ts';
import type { Cut, Reference, StateAtCut } from './reference.ts';
import { textOf, timeText } from './text.ts';

interface DecodedSubtask {
  readonly vertex: number;
  readonly subtask: number;
  readonly snapshot: ReadSnapshot;
}

/** One line for each difference; none if the checkpoint is the state of the job at its cut. */
export function compareWithReference(
  reference: Reference,
  context: OracleContext,
  metadata: CheckpointMetadata,
  blobs: ReadonlyMap<string, Uint8Array>,
  drained = false,
): readonly string[] {
  const cut = cutOf(reference.plan, metadata, blobs, drained);
  if (typeof cut === 'string') return [cut];
  const found = { reference, context, vertices: metadata.vertices, subtasks: decodeSubtasks(metadata, blobs) };
  if (differencesAt(found, cut).length === 0) return [];
  noteOrders(reference, cut);
  const differences = differencesAt(found, cut);
  return differences.length === 0 ? [] : [...explainByNeighbours(found, cut), ...differences];
}

/** What is compared, with what. */
interface Comparison {
  readonly reference: Reference;
  readonly context: OracleContext;
  /** With the parallelism that the job had. */
  readonly vertices: CheckpointMetadata['vertices'];
  readonly subtasks: readonly DecodedSubtask[];
}

function differencesAt(found: Comparison, cut: Cut): readonly string[] {
  const { reference, subtasks } = found;
  const state = reference.stateAt(cut);
  return [
    ...(cut.inFlight?.problems ?? []),
    ...state.unseen,
    ...subtasks.flatMap((subtask) => splitDifferences(state, cut, subtask)),
    ...reference.plan.operators.flatMap((planned, index) =>
      REFERENCE_KINDS[planned.operator.kind].kept !== null
        ? operatorDifferences(found, state, index, reference.ofOrder[index] as StatesOfOrder)
        : [],
    ),
  ];
}

/** A list in the order in which records of several splits came is right in any such order: no sequential run knows which it was. */
function noteOrders({ plan, ofOrder }: Reference, cut: Cut): void {
  const states = statesInAllOrders(plan, cut);
  for (const [index, noted] of ofOrder.entries()) noteStatesOfOrder(noted, index, states);
}

/** A position that is off by one shows in everything behind it: says so, if the state is that of a cut beside the one that was noted. */
function explainByNeighbours(found: Comparison, cut: Cut): readonly string[] {
  const { splits } = found.reference.plan;
  const isRight = (positions: readonly number[]): boolean => {
    const isInside = positions.every((position, index) => position >= 0 && position <= lengthOf(splits[index]));
    if (!isInside) return false;
    const beside = { ...cut, positions, ended: splits.map((split, index) => isEndAt(split, positions[index] ?? 0)) };
    return (
      differencesAt({ ...found, subtasks: found.subtasks.map((one) => movedTo(one, splits, positions)) }, beside)
        .length === 0
    );
  };
  for (const by of [-1, 1]) {
    for (const [index, position] of cut.positions.entries()) {
      if (!isRight(cut.positions.with(index, position + by))) continue;
      const { operator, split } = splits[index] as PlannedSplit;
      return [
        `split ${split} of ${operator}: position ${position} is noted, and the state is that of position ${position + by}`,
      ];
    }
    if (isRight(cut.positions.map((position) => position + by)))
      return [
        `all splits: the state is that of positions ${by < 0 ? 'one record before' : 'one record behind'} those that are noted`,
      ];
  }
  return [];
}

function lengthOf(split: PlannedSplit | undefined): number {
  return split?.records.length ?? 0;
}

/** The same state with other positions. */
function movedTo(
  decoded: DecodedSubtask,
  splits: readonly PlannedSplit[],
  positions: readonly number[],
): DecodedSubtask {
  const moved = decoded.snapshot.splits.map((progress) => {
    const index = splits.findIndex(({ operator, split }) => operator === progress.operator && split === progress.split);
    return { ...progress, position: positions[index] ?? progress.position };
  });
  return { ...decoded, snapshot: { ...decoded.snapshot, splits: moved } };
}

/**
 * The positions that the metadata names; a sentence if a split is missing, or has two owners.
 * @param drained sources may end before their input does
 */
export function cutOf(
  plan: ReferencePlan,
  metadata: CheckpointMetadata,
  blobs: ReadonlyMap<string, Uint8Array>,
  drained: boolean,
): Cut | string {
  const positions: number[] = [];
  const ended: boolean[] = [];
  for (const planned of plan.splits) {
    const { operator, split, records } = planned;
    const owners = metadata.subtasks.filter(({ splits }) =>
      splits.some((one) => one.operator === operator && one.split === split),
    );
    const position = owners[0]?.splits.find((one) => one.operator === operator && one.split === split)?.position;
    if (position === undefined) return `split ${split} of ${operator} is in no snapshot`;
    if (owners.length > 1) return `split ${split} of ${operator} is in ${owners.length} snapshots`;
    if (position > records.length)
      return `split ${split} of ${operator} is at ${position}, behind its end at ${records.length}`;
    positions.push(position);
    ended.push(isEndAt(planned, position) || (drained && owners[0]?.atEnd === true));
  }
  const inFlight = inFlightIn(plan, metadata, blobs);
  return inFlight === null ? { positions, ended } : { positions, ended, inFlight };
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
  { context, vertices, subtasks }: Comparison,
  state: StateAtCut,
  index: number,
  ofOrder: StatesOfOrder,
): readonly string[] {
  const planned = state.plan.operators[index] as PlannedOperator;
  const { id } = planned.operator;
  const own = subtasks.filter(({ snapshot }) => snapshot.operators.some(({ operator }) => operator === id));
  const watermark = state.watermarks[index] as number;
  const behind = own.filter(({ snapshot }) => snapshot.watermark !== watermark);
  if (behind.length > 0) {
    return behind.map(
      ({ vertex, subtask, snapshot }) =>
        `${vertex}/${subtask} ${id}: watermark ${timeText(snapshot.watermark)}, reference ${timeText(watermark)}`,
    );
  }
  const misplaced = own.flatMap((decoded) => {
    const { parallelism = 0 } = vertices[decoded.vertex] ?? {};
    return misplacedKeys(context, planned, decoded, parallelism);
  });
  const known = context.varies === undefined ? (states: KeyStates) => states : keysAlone;
  const found = known(
    statesIn(
      planned,
      own.map(({ snapshot }) => snapshot),
    ),
  );
  const expected = known(expectedStates(planned, state.states[index] as OperatorState));
  return [...misplaced, ...keyDifferences(state.plan, index, found, expected, ofOrder)];
}

function misplacedKeys(
  context: OracleContext,
  { operator }: PlannedOperator,
  { vertex, subtask, snapshot }: DecodedSubtask,
  parallelism: number,
): readonly string[] {
  const { maxParallelism } = context.graph;
  const groups = snapshot.operators.filter((one) => one.operator === operator.id).flatMap((one) => one.keyGroups);
  const misplaced: string[] = [];
  for (const { keyGroup, entries } of groups) {
    for (const { key } of entries) {
      const right = keyGroupFor(key, maxParallelism);
      const owner = ownerOf(right, maxParallelism, parallelism);
      if (right === keyGroup && owner === subtask) continue;
      misplaced.push(
        `${vertex}/${subtask} ${operator.id}: key ${textOf(key)} lies in key group ${keyGroup}, it is of group ${right} of subtask ${owner}`,
      );
    }
  }
  return misplaced;
}
