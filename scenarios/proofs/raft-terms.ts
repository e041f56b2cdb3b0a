// Raft on three nodes, and one client that writes twice. Each node waits for a leader as long as always, so that who campaigns next is no chance.
import { raftScenario, type RaftSize } from '../../examples/raft/scenario.ts';
import type { Bug } from '../../examples/raft/raft.ts';

const ELECTIONS_MS = [150, 230, 310]; // further apart than heartbeats

/** @param electionsMs how long each of the nodes waits for a leader. @param crashes where nodes die, and for how long */
export const raftTerms = (
  name: string,
  bug: Bug | null,
  electionsMs: readonly number[] = ELECTIONS_MS,
  crashes: Partial<Pick<RaftSize, 'crashKinds' | 'downMsMax'>> = {},
) =>
  raftScenario(name, bug, {
    clients: 1,
    calls: 2,
    electionOf: (node) => ({ leastMs: electionsMs[node] as number, spreadMs: 1 }),
    crashKinds: null,
    runMs: 1_500,
    ...crashes,
  });

export const scenario = raftTerms('raft-terms', null);
