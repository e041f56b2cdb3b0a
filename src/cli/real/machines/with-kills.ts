// Kills among the lines of a run, as the simulator traces its crashes.
import type { TraceLine } from '../../../run/trace.ts';
import { formatSeconds } from '../../terminal.ts';
import type { Killed } from './kills.ts';

/** A process that is killed cannot say so itself; its last lines may be a little younger than the signal. */
export function withKills(lines: readonly TraceLine[], killed: readonly Killed[]): TraceLine[] {
  const kills = killed.flatMap((one) => killLines(one, lines));
  return [...lines, ...kills].toSorted((a, b) => a.at - b.at);
}

function killLines(killed: Killed, lines: readonly TraceLine[]): TraceLine[] {
  const { victim: node, incarnation, atMs } = killed;
  const last = lines.findLast(
    (line) => 'incarnation' in line && line.node === node && line.incarnation === incarnation,
  );
  const at = Math.max(Math.floor(atMs * 1_000), last?.at ?? 0);
  const text = describeKill(killed);
  return [
    { at, event: 0, kind: 'fault', fault: 'crash', target: node, text, hit: true, decision: null },
    { at, event: 0, kind: 'stopped', node, incarnation, why: 'crash' },
  ];
}

/** One line: who, when, and when it was undone. */
export function describeKill({ victim, atMs, backAtMs }: Killed): string {
  const back = backAtMs === null ? 'not started again' : `started again ${formatSeconds(backAtMs - atMs)} later`;
  return `kill -9 of ${victim} at ${formatSeconds(atMs)}, ${back}`;
}
