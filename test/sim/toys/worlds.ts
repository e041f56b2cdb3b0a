// Small worlds for tests: fixed latencies unless a test says otherwise, and a crowd in which everything happens.
import type { Machine } from '../../../src/core/base/machine.ts';
import type { FaultPlan, NodeSpec, World, WorldOptions } from '../../../src/sim/world-types.ts';
import type { Decisions } from '../../../src/sim/decisions.ts';
import { plainDecisions } from '../../../src/sim/tape-decisions.ts';
import { createWorld } from '../../../src/sim/world.ts';
import { counter } from './counter.ts';
import type { Counter } from './counter.ts';
import { recorder } from './recorder.ts';
import type { Note, Recorded, Script } from './recorder.ts';

export const MS = 1_000;

/** A world of recorders with these scripts, by address; a message takes 1 ms, a request 2 ms each way, a step nothing. */
export function worldOf(scripts: Readonly<Record<string, Script>>, options: Partial<WorldOptions> = {}): World {
  return createWorld({
    decisions: plainDecisions(),
    nodes: Object.entries(scripts).map(([address, script]) => ({ address, machine: recorder(script) })),
    services: [counter],
    serviceLatency: { counter: { latencyUs: 2 * MS, jitterUs: 0 } },
    network: { control: { latencyUs: MS, jitterUs: 0 }, data: { latencyUs: MS, jitterUs: 0 } },
    ...options,
  });
}

export function logOf(world: World, address: string): readonly string[] {
  return stateOf(world, address).log;
}

export function stateOf(world: World, address: string): Recorded {
  return world.view.node(address)?.state as Recorded;
}

export function totalOf(world: World): number {
  return (world.view.service('counter') as Counter).total;
}

interface CrowdPlan {
  crashes: number;
}

const crowdFaults: FaultPlan<CrowdPlan> = {
  create: () => ({ crashes: 0 }),
  rules: [
    {
      fault: 'crash',
      stream: 'crash',
      at: 'step',
      odds: (plan) => (plan.crashes < 20 ? 0.003 : 0),
      apply(plan, controls, point) {
        plan.crashes += 1;
        const hit = controls.crash(point.node, 1 + controls.pick('down', 20_000, 1));
        return { target: point.node, text: `${point.node} dies at ${point.kind}`, hit };
      },
    },
    {
      fault: 'pause',
      stream: 'pause',
      at: 'step',
      kinds: ['wake'],
      odds: () => 0.05,
      apply: (_, controls, point) => ({ target: point.node, text: 'pause', hit: controls.pause(point.node, 30_000) }),
    },
    {
      fault: 'partition',
      stream: 'partition',
      at: 'send',
      odds: () => 0.004,
      apply(_, controls, point) {
        const to = point.at === 'send' ? point.message.to : '';
        return {
          target: to,
          text: 'partition',
          hit: controls.partition(point.node, to, controls.pick('one-way', 2, 0.5) === 1, 20_000),
        };
      },
    },
    {
      fault: 'break',
      stream: 'break-at',
      at: 'send',
      odds: () => 0.01,
      apply(_, controls, point) {
        if (point.at !== 'send') return null;
        const { to, streamClass } = point.message;
        return { target: to, text: 'break', hit: controls.breakConnection(point.node, to, streamClass) };
      },
    },
    {
      fault: 'delay',
      stream: 'delay-at',
      at: 'send',
      odds: () => 0.01,
      apply(_, controls, point) {
        if (point.at !== 'send') return null;
        controls.delayMessage(40_000);
        return { target: point.message.to, text: 'delay', hit: true };
      },
    },
    {
      fault: 'unknown',
      stream: 'store-unknown',
      at: 'request',
      odds: () => 0.1,
      apply(_, controls, point) {
        controls.unknownRequest({ kind: 'timed-out' });
        return { target: point.node, text: `unknown ${point.kind}`, hit: true };
      },
    },
  ],
};

const CROWD = ['a', 'b', 'c', 'd', 'e'];

/** Five nodes that send, work, wake and count, under every kind of fault. */
export function crowd(decisions: Decisions, options: Partial<WorldOptions> = {}): World {
  return createWorld({
    decisions,
    nodes: CROWD.map((address, index): NodeSpec => ({
      address,
      machine: member(index),
      costFactor: 1 + index / 2,
      clockOffsetMs: index * 7,
    })),
    services: [counter],
    serviceLatency: { '*': { latencyUs: 900, jitterUs: 3_000 } },
    network: { control: { latencyUs: 200, jitterUs: 800 }, data: { latencyUs: 200, jitterUs: 5_000 } },
    costs: { stepCostUs: 40, recordCostUs: 10 },
    faults: crowdFaults,
    ...options,
  });
}

/** Notes of one incarnation are numbered from a multiple of this. */
export const NOTES_PER_INCARNATION = 1_000_000;

export function member(index: number): Machine<Recorded, Note> {
  return recorder((state, input, out) => {
    state.log.splice(0, Math.max(0, state.log.length - 50));
    if (input.kind === 'start') {
      state.wakeAt = input.now + 5;
      state.memory = input.incarnation * NOTES_PER_INCARNATION;
    }
    if (input.kind === 'wake') {
      state.wakeAt = input.now + 10;
      state.work += 2;
      state.memory += 1;
      for (const to of CROWD) out.send(to, 'note', state.memory);
      out.request(state.memory, { kind: 'add', n: index + 1 });
    }
    if (input.kind === 'message' && input.message.kind === 'note')
      out.sendData(input.message.from, 'other', input.message.body);
    if (input.kind === 'work') out.records += 3;
  });
}
