// Two actors that count each other's messages up to a bound.
import type { ActorModel } from './actors.ts';

export interface Ball {
  readonly kind: 'ping' | 'pong';
  readonly round: number;
}

export function pingPong(bound: number): ActorModel<number, Ball, null> {
  return {
    actors: 2,
    start: (actor) => ({ state: 0, sends: actor === 0 ? [[1, { kind: 'ping', round: 0 }]] : [] }),
    on(_, counter, from, { kind, round }) {
      if (round !== counter) return null;
      const answer: Ball = kind === 'ping' ? { kind: 'pong', round } : { kind: 'ping', round: round + 1 };
      return { state: counter + 1, sends: [[from, answer]] };
    },
    history: null,
    onSent: () => null,
    onReceived: () => null,
    isInside: (counters) => counters.every((counter) => counter <= bound),
  };
}
