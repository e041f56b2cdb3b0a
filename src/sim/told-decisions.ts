// Decisions that tell of each answer that was not 0, as it is given. They answer what the decisions behind them answer.
import type { Decisions, StreamId, TapeEntry } from './decisions.ts';

export function toldDecisions(decisions: Decisions, onEntry: (entry: TapeEntry) => void): Decisions {
  return {
    ordersEvents: decisions.ordersEvents,
    open: (name) => decisions.open(name),
    pick(stream: StreamId, n: number, odds: number): number {
      const value = decisions.pick(stream, n, odds);
      if (value !== 0) onEntry({ ...decisions.lastAsked(stream), value });
      return value;
    },
    lastAsked: (stream) => decisions.lastAsked(stream),
    fork: () => toldDecisions(decisions.fork(), onEntry),
    tape: () => decisions.tape(),
  };
}
