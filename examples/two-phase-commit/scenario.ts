// Two-phase commit with a coordinator and three participants: of each transaction all that decide, decide the same.
//
//   npm run sim -- --scenario examples/two-phase-commit/scenario.ts --seeds 1..1000
import { defineMachines, durableLog, type Oracle } from 'millrace/sim';
import {
  coordinator,
  participant,
  type CommitWords,
  type CoordinatorState,
  type Outcome,
  type Written,
} from './machines.ts';

const participants = ['participant-1', 'participant-2', 'participant-3'];
const TRANSACTIONS = 6;

/** Atomicity, from what the participants note. */
const allTheSame: Oracle<Map<number, { readonly node: string; readonly outcome: Outcome }>> = {
  name: 'all-the-same',
  create: () => new Map(),
  observe(outcomes, seen, _view, violate) {
    if (seen.kind !== 'stepped') return;
    const { node } = seen;
    for (const effect of seen.effects) {
      if (effect.effect !== 'note') continue;
      const { transaction, outcome } = effect.note as CommitWords['note'];
      const first = outcomes.get(transaction);
      if (first === undefined) outcomes.set(transaction, { node, outcome });
      else if (first.outcome !== outcome)
        violate(
          'differ',
          `transaction ${transaction}: ${first.node} decided ${first.outcome}, and ${node} ${outcome}`,
          [],
        );
    }
  },
  finish: () => {},
};

export const twoPhaseCommit = (name: string, forgets: boolean, transactions = TRANSACTIONS) =>
  defineMachines({
    name,
    about: 'A coordinator and three participants agree on transactions, while processes die and words are late.',
    messages: ['prepare', 'vote', 'decision', 'done', 'ask'],
    nodes: [
      { address: 'coordinator', machine: coordinator(participants, transactions, forgets) },
      ...participants.map((address) => ({ address, machine: participant('coordinator') })),
    ],
    symmetric: ['participant'],
    services: [durableLog<Written>()],
    sim: { networkLatencyUs: 1_000, networkJitterUs: 10_000 },
    faults: { crash: 3, pause: 1, partition: 1, 'message-delay': 1, 'connection-break': 1, 'request-unknown': 1 },
    oracles: [allTheSame],
    isOver: (view) => view.nodes().every(({ role, state }) => role !== 'coordinator' || isThrough(state, transactions)),
    runMs: 1_000,
    settleMs: 20_000,
  });

function isThrough(state: unknown, transactions: number): boolean {
  return (state as CoordinatorState).transaction > transactions;
}

export const scenario = twoPhaseCommit('two-phase-commit', false);
