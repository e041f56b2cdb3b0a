// The bench of the world itself: 50 nodes that play ping-pong, with latency draws, busy nodes and FIFO links.
// Events are what the world counts: steps and arrivals at busy nodes; a stale deadline is none.
import { player } from './ping-pong-player.ts';
import { createWorld } from '../src/sim/world.ts';
import type { World } from '../src/sim/world-types.ts';
import { seededDecisions } from '../src/sim/seeded-decisions.ts';

const NODES = 50;
const BALLS = 4; // in play for each node: enough that some nodes are busy when a message comes

export interface PingPongResult {
  readonly name: string;
  readonly nodes: number;
  readonly bareEventsPerSecond: number;
  readonly checkedEventsPerSecond: number;
}

/** @param now a clock in ms. */
export function benchPingPong(now: () => number, events = 2_000_000): PingPongResult {
  return {
    name: `ping-pong of ${NODES} nodes`,
    nodes: NODES,
    bareEventsPerSecond: measure(now, 'bare', events),
    checkedEventsPerSecond: measure(now, 'checked', events / 4),
  };
}

function measure(now: () => number, checks: 'bare' | 'checked', events: number): number {
  const world = pingPongWorld(checks);
  world.run({ untilEvents: events / 10 }); // until the code is hot
  const before = now();
  world.run({ untilEvents: events / 10 + events });
  return Math.round((events / (now() - before)) * 1000);
}

export function pingPongWorld(checks: 'bare' | 'checked'): World {
  const addressOf = (index: number): string => `node-${index % NODES}`;
  return createWorld({
    decisions: seededDecisions(42, checks === 'checked'),
    nodes: Array.from({ length: NODES }, (_, index) => ({
      address: addressOf(index),
      machine: player(Array.from({ length: BALLS }, (__, ball) => addressOf(index + ball + 1))),
    })),
    network: { control: { latencyUs: 200, jitterUs: 800 }, data: { latencyUs: 200, jitterUs: 800 } },
    costs: { stepCostUs: 20, recordCostUs: 5 },
    checks,
  });
}
