// Two of three Raft nodes campaign soon behind each other.
import { raftTerms } from './raft-terms.ts';

export const RIVALS_MS: readonly number[] = [150, 310, 151];

export const scenario = raftTerms('raft-rivals', null, RIVALS_MS);
