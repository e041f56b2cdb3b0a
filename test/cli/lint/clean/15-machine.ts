// A machine changes its state, and nothing else.
import { NEVER, type Machine } from 'millrace/sim';

interface Voting {
  readonly bodies: {
    readonly vote: { readonly term: number; readonly names: readonly string[] };
    readonly voted: null;
  };
  readonly request: never;
  readonly answer: never;
}

type State = {
  term: number;
  readonly votes: Map<string, number>;
  names: readonly string[];
  until: number;
  queue: { at: number }[];
};

function onVote(state: State, from: string, body: Voting['bodies']['vote']): void {
  if (body.term > state.term) state.term = body.term;
  state.votes.set(from, body.term);
  state.names = body.names.toSorted();
  state.queue.push({ at: state.term });
  const first = state.queue[0];
  if (first !== undefined) first.at += 1;
}

export function voter(startMs: number): Machine<State, Voting> {
  return {
    role: 'voter',
    create: () => ({ term: 0, votes: new Map(), names: [], until: startMs, queue: [] }),
    step(state, input, out) {
      if (input.kind === 'wake') state.until = NEVER;
      if (input.kind !== 'message' || input.message.kind !== 'vote') return;
      onVote(state, input.message.from, input.message.body);
      out.send(input.message.from, 'voted', null);
    },
    wakeAt: (state) => state.until,
    hasWork: ({ queue }) => queue.length > 0,
    checkInvariants: () => undefined,
  };
}
