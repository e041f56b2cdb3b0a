// Single-decree Paxos on three servers.
import type { Reaction } from './actors.ts';
import type { RegisterMessage, Server } from './register.ts';

export const PAXOS_SERVERS = 3;
const MAJORITY = 2;

type Ballot = readonly [round: number, server: number];
type Proposal = readonly [request: number, client: number, value: string];
type Accepted = readonly [Ballot, Proposal] | null;

export type PaxosMessage =
  | { readonly kind: 'prepare'; readonly ballot: Ballot }
  | { readonly kind: 'prepared'; readonly ballot: Ballot; readonly last: Accepted }
  | { readonly kind: 'accept'; readonly ballot: Ballot; readonly proposal: Proposal }
  | { readonly kind: 'accepted'; readonly ballot: Ballot }
  | { readonly kind: 'decided'; readonly ballot: Ballot; readonly proposal: Proposal };

export interface PaxosState {
  readonly ballot: Ballot;
  readonly proposal: Proposal | null;
  readonly prepares: Readonly<Record<number, Accepted>>;
  readonly accepts: readonly number[];
  readonly accepted: Accepted;
  readonly decided: boolean;
}

type Result = Reaction<PaxosState, RegisterMessage<PaxosMessage>> | null;

const toPeers = (id: number, message: PaxosMessage) =>
  [0, 1, 2].filter((peer) => peer !== id).map((peer) => [peer, message] as const);

export const paxos: Server<PaxosState, PaxosMessage> = {
  start: () => ({ ballot: [0, 0], proposal: null, prepares: {}, accepts: [], accepted: null, decided: false }),
  on(id, state, from, message) {
    if (state.decided) {
      if (message.kind !== 'get') return null;
      const value = (state.accepted as readonly [Ballot, Proposal])[1][2];
      return { sends: [[from, { kind: 'get-ok', request: message.request, value }]] };
    }
    switch (message.kind) {
      case 'put':
        return propose(id, state, [message.request, from, message.value]);
      case 'prepare': {
        const { ballot } = message;
        if (!isLess(state.ballot, ballot)) return null;
        return { state: { ...state, ballot }, sends: [[from, { kind: 'prepared', ballot, last: state.accepted }]] };
      }
      case 'prepared':
        return isSame(message.ballot, state.ballot) ? onPrepared(id, state, from, message.last) : null;
      case 'accept': {
        const { ballot, proposal } = message;
        if (isLess(ballot, state.ballot)) return null;
        return {
          state: { ...state, ballot, accepted: [ballot, proposal] },
          sends: [[from, { kind: 'accepted', ballot }]],
        };
      }
      case 'accepted':
        return isSame(message.ballot, state.ballot) ? onAccepted(id, state, from) : null;
      case 'decided': {
        const { ballot, proposal } = message;
        return { state: { ...state, ballot, accepted: [ballot, proposal], decided: true }, sends: [] };
      }
      default:
        return null;
    }
  },
};

function propose(id: number, state: PaxosState, proposal: Proposal): Result {
  if (state.proposal !== null) return null;
  const ballot: Ballot = [state.ballot[0] + 1, id];
  return {
    state: { ...state, ballot, proposal, prepares: { [id]: state.accepted }, accepts: [] },
    sends: toPeers(id, { kind: 'prepare', ballot }),
  };
}

function onPrepared(id: number, state: PaxosState, from: number, last: Accepted): Result {
  const prepares = { ...state.prepares, [from]: last };
  if (Object.keys(prepares).length !== MAJORITY) return { state: { ...state, prepares }, sends: [] };
  const greatest = Object.values(prepares).reduce((best, one) =>
    one !== null && (best === null || isLess(best[0], one[0])) ? one : best,
  );
  const proposal = greatest === null ? (state.proposal as Proposal) : greatest[1];
  const { ballot } = state;
  return {
    state: { ...state, prepares, proposal, accepted: [ballot, proposal], accepts: withServer(state.accepts, id) },
    sends: toPeers(id, { kind: 'accept', ballot, proposal }),
  };
}

function onAccepted(id: number, state: PaxosState, from: number): Result {
  const accepts = withServer(state.accepts, from);
  if (accepts.length !== MAJORITY) return { state: { ...state, accepts }, sends: [] };
  const proposal = state.proposal as Proposal;
  const [request, client] = proposal;
  return {
    state: { ...state, accepts, decided: true },
    sends: [...toPeers(id, { kind: 'decided', ballot: state.ballot, proposal }), [client, { kind: 'put-ok', request }]],
  };
}

function withServer(servers: readonly number[], server: number): readonly number[] {
  return servers.includes(server) ? servers : [...servers, server].sort((left, right) => left - right);
}

function isLess([round, server]: Ballot, [other, at]: Ballot): boolean {
  return round < other || (round === other && server < at);
}

function isSame([round, server]: Ballot, [other, at]: Ballot): boolean {
  return round === other && server === at;
}
