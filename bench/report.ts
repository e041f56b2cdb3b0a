// What was measured, as a table for people.
import { formatNumber, formatTable } from '../src/cli/terminal.ts';
import type { Measured, Sizes } from './bench.ts';
import type { ExplorerFigure } from './explorer/bench-explorer.ts';
import type { Figure, Reading } from './figure.ts';

/** @param machine what it ran on. */
export function reportLines(
  { figures, perSeed, explored }: Measured,
  { rounds }: Sizes,
  machine: string,
): readonly string[] {
  const heads = ['', '', 'bare', 'of CPU', 'aim', 'as swept', 'of CPU', 'aim'];
  return [
    machine,
    `best of ${rounds.counted} rounds, after ${rounds.warmUp} to warm up`,
    '',
    ...formatTable([heads, ...figures.map(rowOf)]),
    '',
    `a seed of word-count under faults: ${formatNumber(perSeed.events)} events, ` +
      `${perSeed.checkpoints.toFixed(1)} checkpoints, ${perSeed.faults.toFixed(1)} faults on average`,
    'as swept: oracles, invariants and hash, every eighth seed strict; of CPU: by CPU time of all threads of the process,',
    'as one core alone would do it; aims are of one core',
    '',
    ...explorerLines(explored),
  ];
}

export function explorerLines(explored: readonly ExplorerFigure[]): readonly string[] {
  const heads = ['the explorer', 'states', 'states/s', 'of CPU', 'aim', 'bytes a state'];
  return formatTable([heads, ...explored.map(explorerRow)]);
}

function explorerRow({ name, states, rate, bytesPerState, aim }: ExplorerFigure): readonly string[] {
  return [name, formatNumber(states), ...cellsOf(rate, aim), bytesPerState.toFixed(0)];
}

function rowOf({ name, unit, bare, checked, aims }: Figure): readonly string[] {
  return [name, unit, ...cellsOf(bare, aims.bare), ...cellsOf(checked, aims.checked)];
}

function cellsOf({ wall, cpu }: Reading, aim: number | null): readonly string[] {
  return [formatReading(wall), formatReading(cpu), aim === null ? '–' : formatReading(aim)];
}

const WHOLE_FROM = 1_000; // smaller ones are shown with a digit behind the point

function formatReading(number: number): string {
  return number >= WHOLE_FROM ? formatNumber(number) : number.toFixed(1);
}
