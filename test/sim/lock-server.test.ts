// The toy machine that the README of src/core/base shows: it is the code that is printed there, and it does what it says.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createWorld, NEVER, seededDecisions, type Machine } from '../../src/sim/millrace-sim.ts';
import { lockServer } from './toys/lock-server.ts';
import type { Locking } from './toys/lock-server.ts';

test('the README shows the toy as it is', () => {
  const source = readFileSync(new URL('./toys/lock-server.ts', import.meta.url), 'utf8');
  const readme = readFileSync(new URL('../../src/core/base/README.md', import.meta.url), 'utf8');
  const printed = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  expect(printed).toBe(source.slice(source.indexOf('export interface')));
});

interface Client {
  readonly grants: number[];
}

/** Asks once; gives the lock back unless it forgets to. */
function client(isForgetful: boolean): Machine<Client, Locking> {
  return {
    role: 'client',
    create: () => ({ grants: [] }),
    step(state, input, out) {
      if (input.kind === 'start') out.send('server', 'acquire', null);
      if (input.kind !== 'message') return;
      state.grants.push(input.now);
      if (!isForgetful) out.send('server', 'release', null);
    },
    wakeAt: () => NEVER,
    hasWork: () => false,
    checkInvariants: () => {},
  };
}

test('every client gets the lock, though one never gives it back', () => {
  const latency = { latencyUs: 200, jitterUs: 800 };
  const world = createWorld({
    decisions: seededDecisions(42),
    nodes: [
      { address: 'server', machine: lockServer },
      ...['a', 'b', 'c'].map((address) => ({ address, machine: client(address === 'b') })),
    ],
    network: { control: latency, data: latency },
  });
  expect(world.run({ untilUs: 3_000_000 })).toBe('idle');
  const [server, ...clients] = world.view.nodes();
  expect(server?.state).toEqual({ queue: [], expiresAt: NEVER });
  expect(clients.map(({ state }) => (state as Client).grants.length)).toEqual([1, 1, 1]);
  expect(world.view.now).toBeGreaterThan(1_000_000);
});
