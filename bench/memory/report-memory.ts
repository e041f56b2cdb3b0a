// Memory along the input, as a table for people.
import { formatNumber, formatTable } from '../../src/cli/terminal.ts';
import type { MemoryMeasured, MemorySizes } from './measure-memory.ts';

export function memoryLines(
  { marks, recordsPerSecond, cpuSecondsPerMillion, checkpoints }: MemoryMeasured,
  { keys }: MemorySizes,
): readonly string[] {
  const rows = marks.map(({ bytes, mostMb, nowMb, taskManagersMb }) => [
    (bytes / 1e9).toFixed(1),
    mb(mostMb),
    mb(nowMb),
    taskManagersMb.map(mb).join(', '),
  ]);
  return [
    ...formatTable([['input, GB', 'most since the line before, MB', 'now, MB', 'of these TaskManagers, MB'], ...rows]),
    '',
    `${formatNumber(keys)} keys, ${formatNumber(Math.round(recordsPerSecond))} records/s, ${cpuSecondsPerMillion.toFixed(2)} CPU s per million, ${checkpoints} checkpoints`,
  ];
}

const mb = (megabytes: number): string => formatNumber(Math.round(megabytes));
