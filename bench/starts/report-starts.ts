// What was measured of starts, as a table for people.
import { formatTable } from '../../src/cli/terminal.ts';
import type { StartsMeasured } from './measure-starts.ts';

export function startsLines({ launchMs, requestMs, commandMs }: StartsMeasured): readonly string[] {
  return formatTable([
    ['', 'least', 'median', 'most'],
    rowOf('launch of all processes until output is committed', launchMs),
    rowOf('request to run a job until its first records are written', requestMs),
    rowOf('the whole command submit', commandMs),
  ]);
}

function rowOf(what: string, all: readonly number[]): string[] {
  const sorted = all.toSorted((a, b) => a - b);
  const shown = [sorted[0], sorted[Math.floor((sorted.length - 1) / 2)], sorted.at(-1)];
  return [what, ...shown.map((ms = Number.NaN) => `${(ms / 1_000).toFixed(3)} s`)];
}
