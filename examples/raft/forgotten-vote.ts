// Raft that writes its term down, and not its vote: a node that died and came back votes twice in a term, and two nodes lead in it.
import { raftScenario } from './scenario.ts';

export const scenario = raftScenario('forgotten-vote', 'forgotten-vote');
