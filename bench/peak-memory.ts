// The most memory that a program had.
import { existsSync, readFileSync } from 'node:fs';

/**
 * Linux counts into `maxRSS` what the parent held when it started this process; the high-water mark of /proc is the program's own.
 *
 * @param pid of a process of this host; elsewhere than on Linux only this one is known. NaN: nobody knows
 * @returns in MiB
 */
export function peakMiB(pid: number = process.pid): number {
  const file = `/proc/${pid}/status`;
  const status = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const own = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  if (own !== undefined) return Number(own) / 1_024;
  return pid === process.pid ? process.resourceUsage().maxRSS / 1_024 : Number.NaN;
}
