// A player for the bench: it answers every ping, and sends the next one to whoever answered its own.
import { NEVER } from '../src/core/base/machine.ts';
import type { Machine } from '../src/core/base/machine.ts';

export interface PingPong {
  readonly bodies: { readonly ping: { readonly round: number }; readonly pong: { readonly round: number } };
  readonly request: never;
  readonly answer: never;
}

export interface Player {
  round: number;
  pings: number;
}

/** @param peers whom it pings. */
export function player(peers: readonly string[]): Machine<Player, PingPong> {
  return {
    role: 'player',
    create: () => ({ round: 0, pings: 0 }),
    step(state, input, out) {
      if (input.kind === 'start') for (const peer of peers) out.send(peer, 'ping', { round: 0 });
      if (input.kind !== 'message') return;
      const { message } = input;
      if (message.kind === 'ping') {
        state.pings += 1;
        out.send(message.from, 'pong', message.body);
        return;
      }
      state.round = message.body.round + 1;
      out.send(message.from, 'ping', { round: state.round });
    },
    wakeAt: () => NEVER,
    hasWork: () => false,
    checkInvariants: () => {},
  };
}
