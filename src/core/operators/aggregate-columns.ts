// Built-in aggregates of a batch that is a column, where all that they read and hold are numbers: their state, the records and the results stay typed arrays.
// What does not go this way goes record by record, to the same end. Scratch, not state: it is filled again with each batch.
import type { Column, Numbers, RecordColumn } from '../columns/column.ts';
import type { NamedAggregate } from '../graph/aggregates.ts';
import { cellsOf, neededCells, type NeededCell } from './aggregate-cells.ts';
import {
  CELL_STEPS,
  createLoop,
  isInt32,
  type CellLoop,
  type LoopArrays,
  type LoopCell,
  type LoopCellKind,
  type LoopMean,
  type Numbers32,
} from './aggregate-loop.ts';
import { fieldColumn, type BatchKeys } from './batch-keys.ts';
import type { KeyTable } from './key-table.ts';
import type { KeyedState } from './keyed-state.ts';
import { widenColumn, type StateColumn } from './state-column.ts';
import { keepRow, keepTable } from './table-pages.ts';

/** A cell of the state as it is declared. */
interface PlannedCell {
  readonly name: string;
  readonly of: LoopCellKind;
  /** That it reads; null: none. */
  readonly field: string | null;
}

/** Where an aggregate finds its result: in a cell, or among the means. */
interface PlannedResult {
  readonly from: 'cells' | 'means';
  readonly at: number;
}

export interface AggregatePlan {
  readonly cells: readonly PlannedCell[];
  readonly means: readonly LoopMean[];
  readonly results: readonly PlannedResult[];
  /** Of a result: the key, then the aggregates. */
  readonly names: readonly string[];
}

/** Null: some hold more than a number. */
export function planAggregates(aggregates: readonly NamedAggregate[]): AggregatePlan | null {
  const cells: PlannedCell[] = [];
  for (const { name, of, field = null } of neededCells(aggregates)) {
    if (!isNumeric(of) || (of !== 'count' && field === null)) return null;
    cells.push({ name, of, field });
  }
  const names = cells.map(({ name }) => name);
  const means: LoopMean[] = [];
  const results = aggregates.map((aggregate): PlannedResult => {
    const [one, other] = cellsOf(aggregate).map((name) => names.indexOf(name)) as [number, number];
    if (aggregate.of !== 'avg') return { from: 'cells', at: one };
    return { from: 'means', at: means.push({ sum: one, count: other }) - 1 };
  });
  return { cells, means, results, names: Object.freeze(['key', ...aggregates.map(({ name }) => name)]) };
}

function isNumeric(of: NeededCell['of']): of is LoopCellKind {
  return of in CELL_STEPS;
}

const NO_INTS = new Int32Array(0); // millrace-lint-ignore module-state: empty
const NO_FLOATS = new Float64Array(0); // millrace-lint-ignore module-state: empty

/** Loops that are remembered of one operator: one for each way in which kinds of numbers come together. */
const LOOPS_MAX = 64;

export class ColumnAggregates {
  readonly #plan: AggregatePlan;
  readonly #loops = new Map<string, CellLoop>();
  /** By cell, then by group of the state, for the groups that were met in this batch. */
  readonly #ints: Int32Array[][];
  readonly #floats: Float64Array[][];
  readonly #inputs: Numbers32[] = [];
  readonly #results: Numbers32[] = [];
  readonly #means: Float64Array[] = [];
  /** Of the results. */
  #size = 0;
  /** The names of the cells in the list that tables share, once one was met. */
  #names: readonly string[] | null = null;
  /** By cell: which kinds the groups have that were met. */
  readonly #hasInts: boolean[] = [];
  readonly #hasFloats: boolean[] = [];

  constructor(plan: AggregatePlan) {
    this.#plan = plan;
    this.#ints = plan.cells.map(() => []);
    this.#floats = plan.cells.map(() => []);
  }

  /** Begins a batch. False: some field is no column of numbers. */
  begin(records: RecordColumn, size: number): boolean {
    const { cells } = this.#plan;
    for (let cell = 0; cell < cells.length; cell++) {
      const { of, field } = cells[cell] as PlannedCell;
      const column = field === null ? null : fieldColumn(records, field);
      if (field !== null && column === null) return false;
      const input = of === 'count' || of === 'first' ? NO_INTS : typedNumbers(column as Column);
      if (input === null) return false;
      this.#inputs[cell] = input;
    }
    if (this.#size !== size) this.#resize(size);
    return true;
  }

  /** Results are written to the same lists in each batch of as many records: whoever is given them keeps none. */
  #resize(size: number): void {
    // millrace-lint-ignore outside-state: scratch, filled before it is read
    this.#size = size;
    for (let cell = 0; cell < this.#plan.cells.length; cell++) this.#results[cell] = new Int32Array(size);
    for (let mean = 0; mean < this.#plan.means.length; mean++) this.#means[mean] = new Float64Array(size);
  }

  /** Takes the records of a batch, whose keys all have a row. False, and nothing was done: not all that these hold are numbers. */
  take(keyed: KeyedState<unknown>, keys: BatchKeys, size: number): boolean {
    if (!this.#meetGroups(keyed, keys)) return false;
    if (keyed.snapshot !== null)
      for (let at = 0; at < size; at++) {
        const group = keys.groups[at] as number;
        keepRow(keyed.snapshot, group, keyed.groups[group] as KeyTable, keys.rows[at] as number);
      }
    const { groups, rows } = keys;
    for (let at = 0; at < size;) {
      this.#makeResults();
      const arrays = {
        groups,
        rows,
        ints: this.#ints,
        floats: this.#floats,
        inputs: this.#inputs,
        results: this.#results,
        means: this.#means,
      };
      at = this.#loop()(arrays, at, size);
      if (at < size) this.#widen(keyed, arrays, at);
    }
    return true;
  }

  /** What its key has come to with each record. `keys`: those of the records. */
  results(keys: Column): RecordColumn {
    const { names, results } = this.#plan;
    const fields: Column[] = [keys];
    for (let index = 0; index < results.length; index++) {
      const { from, at } = results[index] as PlannedResult;
      const values = (from === 'cells' ? this.#results[at] : this.#means[at]) as Numbers32;
      fields.push(values instanceof Int32Array ? { kind: 'int32', values } : { kind: 'float64', values });
    }
    return { kind: 'record', names, fields };
  }

  /** False: the state of some group is no columns of numbers. */
  #meetGroups(keyed: KeyedState<unknown>, { metGroups, metCount }: BatchKeys): boolean {
    for (const ints of this.#ints) while (ints.length < keyed.groups.length) ints.push(NO_INTS);
    for (const floats of this.#floats) while (floats.length < keyed.groups.length) floats.push(NO_FLOATS);
    this.#hasInts.fill(false);
    this.#hasFloats.fill(false);
    for (let index = 0; index < metCount; index++) {
      const group = metGroups[index] as number;
      if (!this.#meet(keyed.groups[group] as KeyTable, group)) return false;
    }
    return true;
  }

  #meet({ columns, present }: KeyTable, group: number): boolean {
    const { cells } = this.#plan;
    const column = columns[0];
    if (column === undefined || column.kind !== 'fields' || present[0] !== null) return false;
    if (column.names !== this.#names && !this.#areOurs(column.names)) return false;
    for (let cell = 0; cell < cells.length; cell++)
      if (!this.#meetCells(column.fields[cell] as StateColumn, cell, group)) return false;
    return true;
  }

  #areOurs(names: readonly string[]): boolean {
    const { cells } = this.#plan;
    if (names.length !== cells.length) return false;
    for (let cell = 0; cell < cells.length; cell++) if (names[cell] !== (cells[cell] as PlannedCell).name) return false;
    // millrace-lint-ignore outside-state: one of several equal lists
    this.#names = names;
    return true;
  }

  #meetCells({ kind, cells }: StateColumn, cell: number, group: number): boolean {
    const isWhole = kind === 'int32';
    if (!isWhole && kind !== 'float64') return false;
    (this.#ints[cell] as Int32Array[])[group] = isWhole ? (cells as Int32Array) : NO_INTS;
    (this.#floats[cell] as Float64Array[])[group] = isWhole ? NO_FLOATS : (cells as Float64Array);
    (isWhole ? this.#hasInts : this.#hasFloats)[cell] = true;
    return true;
  }

  /** Those of a cell that is not `int32` everywhere need room for any number. */
  #makeResults(): void {
    for (let cell = 0; cell < this.#results.length; cell++) {
      const result = this.#results[cell] as Numbers32;
      if (this.#hasFloats[cell] === true && result instanceof Int32Array)
        this.#results[cell] = Float64Array.from(result);
    }
  }

  #loop(): CellLoop {
    const { cells, means } = this.#plan;
    let text = '';
    for (let cell = 0; cell < cells.length; cell++)
      text += `${this.#stateOf(cell)[0]}${this.#inputs[cell] instanceof Int32Array ? 'i' : 'f'}`;
    let loop = this.#loops.get(text);
    if (loop === undefined) {
      if (this.#loops.size >= LOOPS_MAX) this.#loops.clear();
      const shape = cells.map(({ of }, cell): LoopCell => ({
        of,
        state: this.#stateOf(cell),
        input: this.#inputs[cell] instanceof Int32Array ? 'int32' : 'float64',
      }));
      this.#loops.set(text, (loop = createLoop({ cells: shape, means })));
    }
    return loop;
  }

  #stateOf(cell: number): LoopCell['state'] {
    if (this.#hasFloats[cell] !== true) return 'int32';
    return this.#hasInts[cell] === true ? 'either' : 'float64';
  }

  /** Makes the columns of the group of a record fit what comes of it. */
  #widen(keyed: KeyedState<unknown>, { groups, rows, inputs }: LoopArrays, at: number): void {
    const group = groups[at] as number;
    const table = keyed.groups[group] as KeyTable;
    const { fields } = table.columns[0] as StateColumn;
    for (let cell = 0; cell < fields.length; cell++) {
      const field = fields[cell] as StateColumn;
      if (field.kind !== 'int32') continue;
      const { of } = this.#plan.cells[cell] as PlannedCell;
      const before = (field.cells as Int32Array)[rows[at] as number] as number;
      const after = CELL_STEPS[of](before, inputs[cell]?.[at] as number);
      if (isInt32(after)) continue;
      if (keyed.snapshot !== null) keepTable(keyed.snapshot, group, table);
      widenColumn(field, table.rows, after);
      this.#meetCells(field, cell, group);
    }
  }
}

/** Null: they are no numbers. */
function typedNumbers(column: Column): Numbers32 | null {
  if (column.kind !== 'int32' && column.kind !== 'float64') return null;
  const numbers: Numbers = column.values;
  if (numbers instanceof Int32Array || numbers instanceof Float64Array) return numbers;
  return column.kind === 'int32' ? Int32Array.from(numbers) : Float64Array.from(numbers);
}
