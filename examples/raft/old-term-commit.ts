// Raft that commits an entry of an earlier term by counting the nodes that have it (figure 8 of the paper): a later leader takes it back.
import { raftScenario } from './scenario.ts';

export const scenario = raftScenario('old-term-commit', 'old-term-commit');
