// Nodes in a ring: each answers a ping of its left neighbour, and sends the next one to its right neighbour when it got its answer.
import { NEVER } from '../../../src/core/base/machine.ts';
import type { Machine } from '../../../src/core/base/machine.ts';

export interface PingPong {
  readonly bodies: { readonly ping: { readonly round: number }; readonly pong: { readonly round: number } };
  readonly request: never;
  readonly answer: never;
}

export interface Player {
  round: number;
  pings: number;
}

/** @param peer whom it pings. */
export function player(peer: string): Machine<Player, PingPong> {
  return {
    role: 'player',
    create: () => ({ round: 0, pings: 0 }),
    step(state, input, out) {
      if (input.kind === 'start') out.send(peer, 'ping', { round: 0 });
      if (input.kind !== 'message') return;
      const { message } = input;
      if (message.kind === 'ping') {
        state.pings += 1;
        out.send(message.from, 'pong', message.body);
        return;
      }
      state.round = message.body.round + 1;
      out.send(peer, 'ping', { round: state.round });
    },
    wakeAt: () => NEVER,
    hasWork: () => false,
    checkInvariants: () => {},
  };
}
