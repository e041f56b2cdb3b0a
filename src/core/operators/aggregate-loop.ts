// The loop that takes records of a batch into cells of numbers: state, what the records hold, and results are typed arrays, and nothing is made for a record.
// It is generated for which cells there are and of which kinds their arrays are; where a host generates none, a plain loop does the same.

/** What it does to a number of the state, with one of the record. */
export const CELL_STEPS = {
  count: (before: number): number => before + 1,
  sum: (before: number, next: number): number => before + next,
  min: (before: number, next: number): number => (isLess(next, before) ? next : before),
  max: (before: number, next: number): number => (isLess(before, next) ? next : before),
  first: (before: number): number => before,
  last: (_: number, next: number): number => next,
} as const;

export type LoopCellKind = keyof typeof CELL_STEPS;

/** As `compareOrdered` has it. */
function isLess(one: number, other: number): boolean {
  if (one === other) return one === 0 && 1 / one < 1 / other;
  return one < other || (Number.isNaN(other) && !Number.isNaN(one));
}

export interface LoopCell {
  readonly of: LoopCellKind;
  /** Of which kind the cells of the groups are: some of either. */
  readonly state: 'int32' | 'float64' | 'either';
  /** What the records hold; cells that read nothing have `int32`. */
  readonly input: 'int32' | 'float64';
}

/** A sum divided by a count, each by its place among the cells. */
export interface LoopMean {
  readonly sum: number;
  readonly count: number;
}

export interface LoopShape {
  readonly cells: readonly LoopCell[];
  readonly means: readonly LoopMean[];
}

export type Numbers32 = Int32Array | Float64Array;

/** What the loop works on. By cell, then by group: its array is in one of `ints` and `floats`, and an empty one in the other. */
export interface LoopArrays {
  readonly groups: Int32Array;
  readonly rows: Int32Array;
  readonly ints: readonly (readonly Int32Array[])[];
  readonly floats: readonly (readonly Float64Array[])[];
  /** By cell, then by record. Of those that read nothing: empty. */
  readonly inputs: readonly Numbers32[];
  /** What each cell holds behind each record: an `Int32Array` where all groups have one. */
  readonly results: readonly Numbers32[];
  readonly means: readonly Float64Array[];
}

/** Takes records from one to before another; gives the first that it did not take, as it fits no `int32` that is there: nothing was done for it. */
export type CellLoop = (arrays: LoopArrays, from: number, to: number) => number;

export function createLoop(shape: LoopShape): CellLoop {
  return generatedLoop(shape) ?? plainLoop(shape);
}

/** -0 is no `int32`. */
export function isInt32(number: number): boolean {
  return (number | 0) === number && (number !== 0 || 1 / number > 0);
}

export function plainLoop({ cells, means }: LoopShape): CellLoop {
  const after: number[] = cells.map(() => 0);
  return ({ groups, rows, ints, floats, inputs, results, means: meansTo }, from, to) => {
    const arrayOf = (cell: number, group: number): Numbers32 => {
      const whole = ints[cell]?.[group] as Int32Array;
      return whole.length > 0 ? whole : (floats[cell]?.[group] as Float64Array);
    };
    for (let at = from; at < to; at++) {
      const group = groups[at] as number;
      const row = rows[at] as number;
      for (let cell = 0; cell < cells.length; cell++) {
        const array = arrayOf(cell, group);
        const next = CELL_STEPS[(cells[cell] as LoopCell).of](array[row] as number, inputs[cell]?.[at] as number);
        if (array instanceof Int32Array && !isInt32(next)) return at;
        after[cell] = Number.isNaN(next) ? Number.NaN : next; // NaN has many forms, and this is hashed
      }
      for (let cell = 0; cell < cells.length; cell++) {
        arrayOf(cell, group)[row] = after[cell] as number;
        (results[cell] as Numbers32)[at] = after[cell] as number;
      }
      for (const [index, { sum, count }] of means.entries()) {
        const mean = (after[sum] as number) / (after[count] as number);
        (meansTo[index] as Float64Array)[at] = Number.isNaN(mean) ? Number.NaN : mean;
      }
    }
    return to;
  };
}

// ---- Generated

/** Null where the host generates none. */
export function generatedLoop(shape: LoopShape): CellLoop | null {
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- nothing of it comes from outside
    return new Function('arrays', 'from', 'to', loopText(shape)) as CellLoop;
  } catch {
    return null;
  }
}

/** Nothing is stored for a record before all cells are known to take it. */
function loopText({ cells, means }: LoopShape): string {
  const lines = (text: (cell: LoopCell, at: number) => string): string => cells.map(text).join('\n');
  return `'use strict';
const { groups, rows, ints, floats, inputs, results, means } = arrays;
${lines((_, at) => `const ints${at} = ints[${at}], floats${at} = floats[${at}], input${at} = inputs[${at}], result${at} = results[${at}];`)}
${means.map((_, at) => `const mean${at} = means[${at}];`).join('\n')}
for (let at = from; at < to; at++) {
  const group = groups[at], row = rows[at];
  ${lines(beforeText)}
  ${lines((cell, at) => `let a${at} = ${stepText(cell, at)};${isStored(cell) ? fitText(cell, at) : ''}`)}
  ${lines((cell, at) => (isStored(cell) ? storeText(cell, at) : '') + `result${at}[at] = a${at};`)}
  ${means.map(({ sum, count }, at) => `const m${at} = a${sum} / a${count}; mean${at}[at] = m${at} === m${at} ? m${at} : NaN;`).join('\n')}
}
return to;`;
}

const isStored = ({ of }: LoopCell): boolean => of !== 'first';

function beforeText({ of, state }: LoopCell, at: number): string {
  const next = of === 'count' || of === 'first' ? '' : `, x${at} = input${at}[at]`;
  if (state === 'int32') return `const i${at} = ints${at}[group], b${at} = i${at}[row]${next};`;
  if (state === 'float64') return `const f${at} = floats${at}[group], b${at} = f${at}[row]${next};`;
  return `const i${at} = ints${at}[group], f${at} = floats${at}[group], isWhole${at} = i${at}.length !== 0, b${at} = isWhole${at} ? i${at}[row] : f${at}[row]${next};`;
}

function stepText({ of, state, input }: LoopCell, at: number): string {
  const [before, next] = [`b${at}`, `x${at}`];
  switch (of) {
    case 'count':
      return `${before} + 1`;
    case 'sum':
      return `${before} + ${next}`;
    case 'first':
      return before;
    case 'last':
      return next;
    default: {
      const [low, high] = of === 'min' ? [next, before] : [before, next];
      const isPlain = state === 'int32' && input === 'int32';
      const isLess = isPlain
        ? `${low} < ${high}`
        : `${low} === ${high} ? ${low} === 0 && 1 / ${low} < 1 / ${high} : ${low} < ${high} || (${high} !== ${high} && ${low} === ${low})`;
      return `(${isLess}) ? ${next} : ${before}`;
    }
  }
}

/** Gives up at what an `int32` does not hold. */
function fitText({ of, state, input }: LoopCell, at: number): string {
  const toOneNaN = `if (a${at} !== a${at}) a${at} = NaN;`;
  if (state === 'float64') return toOneNaN;
  const mayBeMinusZero = input === 'float64' && of !== 'sum';
  const isNone = `(a${at} | 0) !== a${at}${mayBeMinusZero ? ` || (a${at} === 0 && 1 / a${at} < 0)` : ''}`;
  return state === 'int32'
    ? `if (${isNone}) return at;`
    : `if (isWhole${at}) { if (${isNone}) return at; } else ${toOneNaN}`;
}

function storeText({ state }: LoopCell, at: number): string {
  if (state === 'int32') return `i${at}[row] = a${at}; `;
  if (state === 'float64') return `f${at}[row] = a${at}; `;
  return `if (isWhole${at}) i${at}[row] = a${at}; else f${at}[row] = a${at}; `;
}
