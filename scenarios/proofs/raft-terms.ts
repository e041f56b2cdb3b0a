// Raft on three nodes, and one client that writes twice. Each node waits for a leader as long as always, so that who campaigns next is no chance.
import { raftScenario } from '../../examples/raft/scenario.ts';
import type { Bug } from '../../examples/raft/raft.ts';

const ELECTIONS_MS = [150, 230, 310]; // further apart than heartbeats

/** @param electionsMs how long each of the nodes waits for a leader */
export const raftTerms = (name: string, bug: Bug | null, electionsMs: readonly number[] = ELECTIONS_MS) =>
  raftScenario(name, bug, {
    clients: 1,
    calls: 2,
    electionOf: (node) => ({ leastMs: electionsMs[node] as number, spreadMs: 1 }),
    crashKinds: null,
    runMs: 1_500,
  });

export const scenario = raftTerms('raft-terms', null);
