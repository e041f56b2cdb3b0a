// What was measured of starts after a long time, as tables for people.
import { formatTable } from '../../src/cli/terminal.ts';
import type { StartsAfter, WeekMeasured } from './measure-week.ts';

export function weekLines({ starts, disk }: WeekMeasured): readonly string[] {
  const names = Object.keys(starts[0]?.peakMiB ?? {});
  return [
    ...formatTable([
      ['start after', 'files', 'up', 'committed: least', 'median', 'most', ...names.map((name) => `peak of ${name}`)],
      ...starts.map((one) => rowOf(one, names)),
    ]),
    '',
    `most files at once in ${disk.checkpoints} checkpoints: ${disk.files}, ${(disk.bytes / 2 ** 20).toFixed(1)} MiB on the disk`,
  ];
}

function rowOf({ what, files, upMs, committedMs, peakMiB }: StartsAfter, names: readonly string[]): string[] {
  const committed = committedMs.toSorted((a, b) => a - b);
  const shown = [Math.min(...upMs), committed[0], committed[Math.floor((committed.length - 1) / 2)], committed.at(-1)];
  return [
    what,
    String(files),
    ...shown.map((ms = Number.NaN) => `${(ms / 1_000).toFixed(2)} s`),
    ...names.map((name) => `${Math.round(peakMiB[name] ?? Number.NaN)} MiB`),
  ];
}
