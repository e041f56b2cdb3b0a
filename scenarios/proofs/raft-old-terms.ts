// Nodes die when they have written something down, before they say so: the next leader knows nothing of it.
import { raftTerms } from './raft-terms.ts';

/** A node that died is away for longer than any node waits for a leader. */
export const WRITTEN_UNSAID = { crashKinds: ['log-appended'], downMsMax: 500 };

export const scenario = raftTerms('raft-old-terms', null, undefined, WRITTEN_UNSAID);
