// What must hold of Raft nodes over a whole run, beside what clients see (figure 3 of the paper).
import type { NodeView, Observation, Oracle, WorldView } from 'millrace/sim';
import type { RaftState } from './raft.ts';
import type { Entry, RaftNote } from './words.ts';

/** Election safety: at most one node leads in a term. */
export const oneLeaderPerTerm: Oracle<Map<number, string>> = {
  name: 'one-leader-per-term',
  create: () => new Map(),
  observe(leaders, seen, _view, violate) {
    for (const { term } of electionsIn(seen)) {
      const node = (seen as Extract<Observation, { kind: 'stepped' }>).node;
      const other = leaders.get(term) ?? node;
      if (other !== node) violate('two-leaders', `${other} and ${node} both lead in term ${term}`, []);
      leaders.set(term, node);
    }
  },
  finish: () => {},
};

function electionsIn(seen: Observation): Extract<RaftNote, { kind: 'leader-elected' }>[] {
  if (seen.kind !== 'stepped') return [];
  return seen.effects.flatMap((effect) => {
    const note = effect.effect === 'note' ? (effect.note as RaftNote) : null;
    return note?.kind === 'leader-elected' ? [note] : [];
  });
}

/** State machine safety: what is committed at an index stays so, on all nodes and for ever. */
export const committedAgree: Oracle<Entry[]> = {
  name: 'committed-agree',
  create: () => [],
  observe(committed, seen, view, violate) {
    const state = seen.kind === 'stepped' ? raftAt(view.node(seen.node)) : null;
    if (seen.kind !== 'stepped' || state === null) return;
    for (const [at, entry] of state.log.slice(0, state.commit).entries()) {
      const known = (committed[at] ??= entry);
      if (known.term === entry.term && known.client === entry.client && known.call === entry.call) continue;
      const told = [known, entry].map(({ term, client, call }) => `call ${call} of ${client}, of term ${term}`);
      return violate(
        'committed-twice',
        `entry ${at + 1} was committed as ${told[0]}, and by ${seen.node} as ${told[1]}`,
        [],
      );
    }
  },
  finish: (_committed, _view: WorldView) => {},
};

function raftAt(node: NodeView | undefined): RaftState | null {
  return node?.role === 'raft-node' ? (node.state as RaftState) : null;
}
