// The traces of all processes of a run as one, in the order of time, with what was done to them, and the verdict at its end: the lines of a
// simulator's trace.
import { strikeFaults } from '../../sim/cluster/strikes.ts';
import { describeStrike } from './report.ts';
import type { RealRun } from './run.ts';
import type { Struck } from './strike.ts';

interface Timed {
  readonly at: number;
  readonly [field: string]: unknown;
}

type Traced = Pick<RealRun, 'lines' | 'struck' | 'verdict' | 'sentence'>;

export function mergedTrace({ lines, struck, verdict, sentence }: Traced): string[] {
  const strikes = struck.flatMap((one) => strikeLines(one, incarnationAt(lines, one)));
  const events = [...lines.map((line): Timed => ({ ...line })), ...strikes].toSorted((a, b) => a.at - b.at);
  const end = { at: events.at(-1)?.at ?? 0, kind: 'verdict', verdict, sentence, thrownAt: null };
  return [...events, end].map((line, event) => JSON.stringify({ ...line, at: Math.floor(line.at), event }));
}

function incarnationAt(lines: RealRun['lines'], { victim, atMs }: Struck): number {
  return lines.findLast((line) => line.node === victim && line.at <= atMs * 1_000)?.incarnation ?? 0;
}

/** A process that is killed cannot say so itself. */
function strikeLines(struck: Struck, incarnation: number): Timed[] {
  const { kind, victim, atMs } = struck;
  const at = atMs * 1_000;
  const text = describeStrike(struck);
  const fault = { at, kind: 'fault', fault: strikeFaults[kind], target: victim, text, hit: true };
  return kind.endsWith('-crash') ? [fault, { at, kind: 'stopped', node: victim, incarnation, why: 'crash' }] : [fault];
}
