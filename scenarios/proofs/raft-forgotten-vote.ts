// The same rivals, and nodes that forget whom they voted for when they die.
import { RIVALS_MS } from './raft-rivals.ts';
import { raftTerms } from './raft-terms.ts';

export const scenario = raftTerms('raft-forgotten-vote', 'forgotten-vote', RIVALS_MS);
