// Incarnations of processes, and the times in which one was stopped or could not reach somebody.
import type { TraceLine } from '../../src/run/trace.ts';
import type { Lanes } from './lanes.ts';
import { NONE } from './model.ts';
import type { Life, Outage } from './model.ts';

type OpenLife = { -readonly [K in keyof Life]: Life[K] };

/** A process that is not said to have stopped lives until its successor starts, or the trace ends. */
export function livesOf(lines: readonly TraceLine[], lanes: Lanes, endAt: number): Life[] {
  const lives: OpenLife[] = [];
  const current = new Map<string, OpenLife>();
  for (const line of lines) {
    if (line.kind !== 'started' && line.kind !== 'stepped' && line.kind !== 'stopped') continue;
    const { node, incarnation, at } = line;
    let life = current.get(node);
    if (life === undefined || life.incarnation !== incarnation) {
      if (life !== undefined && life.why === '') close(life, life.to, 'it was never heard of again');
      life = { lane: lanes.indexOf(node), incarnation, from: at, to: at, why: '' };
      current.set(node, life);
      lives.push(life);
    }
    if (life.why === '') life.to = Math.max(life.to, at);
    if (line.kind === 'stopped') close(life, at, line.why);
  }
  for (const life of lives) if (life.why === '') life.to = endAt;
  return lives;
}

function close(life: OpenLife, at: number, why: string): void {
  life.to = at;
  life.why = why;
}

/** Each was to last until some time; the death of a stopped process, or the end of faults, ends it earlier. */
export function outagesOf(lines: readonly TraceLine[], lanes: Lanes, endAt: number): Outage[] {
  const stoppedAt = lines.find(({ kind }) => kind === 'faults-stopped')?.at ?? endAt;
  return lines.flatMap((line): Outage[] => {
    if (line.kind !== 'paused' && line.kind !== 'partitioned' && line.kind !== 'service-cut') return [];
    const from = line.at;
    const to = Math.min(line.until, Math.max(stoppedAt, from), deathOf(lines, line));
    if (line.kind === 'paused') return [{ lane: lanes.indexOf(line.node), other: NONE, from, to }];
    if (line.kind === 'service-cut')
      return [{ lane: lanes.indexOf(line.node), other: lanes.indexOf(line.service), from, to }];
    return [{ lane: lanes.indexOf(line.from), other: lanes.indexOf(line.to), from, to }];
  });
}

function deathOf(lines: readonly TraceLine[], line: TraceLine): number {
  if (line.kind !== 'paused') return Number.POSITIVE_INFINITY;
  const death = lines.find(
    (other) => other.kind === 'stopped' && other.node === line.node && other.incarnation === line.incarnation,
  );
  return death?.at ?? Number.POSITIVE_INFINITY;
}
