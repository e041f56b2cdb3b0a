// Incarnations of processes, and the times in which one was stopped or could not reach somebody.
import type { TraceFacts } from './facts.ts';
import type { Lanes } from './lanes.ts';
import { NONE } from './model.ts';
import type { Life, Outage } from './model.ts';

/** A process that is not said to have stopped lives until its successor starts, or the trace ends. */
export function livesOf({ processes }: TraceFacts, lanes: Lanes, endAt: number): Life[] {
  return processes.lives.map(({ node, incarnation, from, heardAt, death }) => {
    const why = death === 'unheard' ? 'it was never heard of again' : (death ?? '');
    return { lane: lanes.indexOf(node), incarnation, from, to: death === null ? endAt : heardAt, why };
  });
}

export function outagesOf({ processes }: TraceFacts, lanes: Lanes, endAt: number): Outage[] {
  return processes.outages.map(({ node, other, from, until }) => {
    const to = Math.max(from, Math.min(until, endAt));
    return { lane: lanes.indexOf(node), other: other === null ? NONE : lanes.indexOf(other), from, to };
  });
}
