// The same, and an entry of an earlier term is committed by counting the nodes that have it.
import { WRITTEN_UNSAID } from './raft-old-terms.ts';
import { raftTerms } from './raft-terms.ts';

export const scenario = raftTerms('raft-old-term-commit', 'old-term-commit', undefined, WRITTEN_UNSAID);
