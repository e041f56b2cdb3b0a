// The bench of the world itself: 50 nodes that play ping-pong, with latency draws, busy nodes and FIFO links.
// Events are what the world counts: steps and arrivals at busy nodes; a stale deadline is none.
import { seededDecisions } from '../src/sim/seeded-decisions.ts';
import type { World } from '../src/sim/world-types.ts';
import { createWorld } from '../src/sim/world.ts';
import { rateOf } from './figure.ts';
import type { Figure, Reading } from './figure.ts';
import { measure } from './measure.ts';
import type { Rounds } from './measure.ts';
import { player } from './ping-pong-player.ts';

const NODES = 50;
const BALLS = 4; // in play for each node: enough that some nodes are busy when a message comes

type Checks = 'bare' | 'checked';

/** @param events of a round. */
export function benchPingPong(rounds: Rounds, events: number): Figure {
  return {
    name: `ping-pong of ${NODES} nodes`,
    unit: 'events/s',
    bare: play('bare', rounds, events),
    checked: play('checked', rounds, events),
    aims: { bare: 5_000_000, checked: null },
  };
}

function play(checks: Checks, rounds: Rounds, events: number): Reading {
  const world = pingPongWorld(checks);
  let untilEvents = 0;
  const spent = measure(rounds, () => {
    untilEvents += events;
    world.run({ untilEvents });
  });
  return rateOf(events, spent);
}

function pingPongWorld(checks: Checks): World {
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
