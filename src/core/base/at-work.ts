// Whose code runs right now, as numbers in cells beside the machine: whoever watches over the process reads them, from another thread or behind a
// death. Core writes them, and reads one of them only to attribute what was just thrown. They are no state: nothing follows from them.

/** The number of the task whose step runs; 0: none. */
export const TASK = 0;
/** Rises with each step of a task. */
export const STEP = 1;
/** The record of the step that is being processed, or of which what is being processed came, from 1; -n: the n-th timer of the step; 0: neither. */
export const RECORD = 2;
/** The operator of the chain whose code runs, from 1; 0: none, but a key function, a timestamp, or core itself. */
export const OPERATOR = 3;

const CELLS = 4;
const BYTES_PER_CELL = 4;

/** Cells of one TaskManager. */
export type AtWork = Int32Array;

/** @param bytes that other threads see, of `atWorkBytes`; absent: nobody but the own thread looks. */
export function createAtWork(bytes?: SharedArrayBuffer): AtWork {
  return bytes === undefined ? new Int32Array(CELLS) : new Int32Array(bytes);
}

export const atWorkBytes: number = CELLS * BYTES_PER_CELL;

/** A step of a task begins. */
export function beginWork(cells: AtWork, task: number): void {
  cells[RECORD] = 0;
  cells[OPERATOR] = 0;
  cells[STEP] = ((cells[STEP] as number) + 1) | 0;
  cells[TASK] = task;
}

/** It is over. */
export function endWork(cells: AtWork): void {
  cells[TASK] = 0;
}
