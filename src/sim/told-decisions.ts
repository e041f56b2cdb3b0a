// Decisions that tell of each answer that was not 0, as it is given. They answer what the decisions behind them answer.
import type { Decisions, StreamId, TimedEntry } from './decisions.ts';

const atTheBeginning = (): number => 0;

export function toldDecisions(decisions: Decisions, onEntry: (entry: TimedEntry) => void): Decisions {
  let clock = atTheBeginning;
  return {
    ordersEvents: decisions.ordersEvents,
    watch(now) {
      clock = now;
      decisions.watch?.(now);
    },
    open: (name) => decisions.open(name),
    pick(stream: StreamId, n: number, odds: number): number {
      const value = decisions.pick(stream, n, odds);
      if (value !== 0) onEntry({ ...decisions.lastAsked(stream), value, atUs: clock() });
      return value;
    },
    lastAsked: (stream) => decisions.lastAsked(stream),
    fork() {
      const fork = toldDecisions(decisions.fork(), onEntry);
      fork.watch?.(clock);
      return fork;
    },
    tape: () => decisions.tape(),
  };
}
