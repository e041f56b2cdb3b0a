// A column of records to the channels of an edge: which channel each record goes to, then for each channel its records, a field at a time. What goes where is
// the same as record by record, and so is the order in each channel.
import { must } from '../base/assert.ts';
import { forBuilders } from '../columns/column-builder.ts';
import type { TimedRecords } from '../graph/batch.ts';
import { hashKeys, type KeyColumn } from '../graph/key-column.ts';
import { keyGroupsOfHashes } from '../graph/key-groups.ts';
import { nextRebalanceSubtask } from '../graph/partitioners.ts';
import type { EdgeKey } from './code.ts';
import { addColumn, type OutputEdge, type ResultPartition } from './result-partition.ts';

/** The keys of records, where a column shows them all. */
export interface ShownKeys {
  readonly keys: KeyColumn;
  readonly edgeKey: EdgeKey;
  readonly maxParallelism: number;
}

/** @param shown null: round robin */
export function scatter(
  partition: ResultPartition,
  edge: OutputEdge,
  records: TimedRecords,
  shown: ShownKeys | null,
  batchSize: number,
): void {
  const { channels } = edge;
  const count = records.size;
  const only = must(channels[0], 'consumer');
  const taken = { ...records, column: forBuilders(records.column) };
  if (channels.length === 1) return addColumn(partition, only, taken, { order: null, from: 0, count }, batchSize);
  const scratch = scratchFor(count, channels.length);
  if (shown === null) takeTurns(edge, scratch.subtasks, count);
  else findSubtasks(shown, scratch.subtasks, count);
  sortBySubtask(scratch, count, channels.length);
  for (let at = 0, from = 0; at < channels.length; at++) {
    const to = scratch.ends[at] as number;
    const channel = must(channels[at], 'consumer');
    if (to > from) addColumn(partition, channel, taken, { order: scratch.order, from, count: to - from }, batchSize);
    from = to;
  }
}

/** By record its subtask; by subtask where its records end in `order`; the records by subtask. */
interface Scratch {
  subtasks: Int32Array;
  ends: Int32Array;
  order: Int32Array;
}

// millrace-lint-ignore module-state: scratch, written and read within one call
const SCRATCH: Scratch = { subtasks: new Int32Array(0), ends: new Int32Array(0), order: new Int32Array(0) };

function scratchFor(count: number, subtasks: number): Scratch {
  if (SCRATCH.order.length < count) {
    SCRATCH.subtasks = new Int32Array(count);
    SCRATCH.order = new Int32Array(count);
  }
  if (SCRATCH.ends.length < subtasks) SCRATCH.ends = new Int32Array(subtasks);
  return SCRATCH;
}

function takeTurns(edge: OutputEdge, subtasks: Int32Array, count: number): void {
  const { length } = edge.channels;
  let { turn } = edge;
  for (let index = 0; index < count; index++) {
    subtasks[index] = turn;
    turn = nextRebalanceSubtask(turn, length);
  }
  edge.turn = turn;
}

function findSubtasks({ keys, edgeKey, maxParallelism }: ShownKeys, subtasks: Int32Array, count: number): void {
  const byGroup = edgeKey.subtasks;
  hashKeys(keys, subtasks);
  keyGroupsOfHashes(subtasks, count, maxParallelism, subtasks);
  for (let index = 0; index < count; index++) subtasks[index] = byGroup[subtasks[index] as number] as number;
}

/** By counting: stable, so that the records of a channel keep their order. */
function sortBySubtask({ subtasks, ends, order }: Scratch, count: number, parallelism: number): void {
  ends.fill(0, 0, parallelism);
  for (let index = 0; index < count; index++) {
    const subtask = subtasks[index] as number;
    ends[subtask] = (ends[subtask] as number) + 1;
  }
  let begin = 0;
  for (let subtask = 0; subtask < parallelism; subtask++) {
    const records = ends[subtask] as number;
    ends[subtask] = begin;
    begin += records;
  }
  for (let index = 0; index < count; index++) {
    const subtask = subtasks[index] as number;
    const place = ends[subtask] as number;
    order[place] = index;
    ends[subtask] = place + 1;
  }
}
