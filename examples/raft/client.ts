// A client of the Raft cluster: one call after the other, each asked again, of one node after the other, until it is answered. What it called
// and what came back it notes, so that an oracle can say whether one map could have answered so.
import { NEVER, type Machine, type MessageOf, type Outbox } from 'millrace/sim';
import type { Operation, RaftWords } from './words.ts';

const RETRY_MS = 200;
const REDIRECT_MS = 10;
const KEYS = 2;
const CALLS_PER_INCARNATION = 1_000; // numbers of calls rise over incarnations, and none is used twice

export interface ClientState {
  /** Number of the call under way; 0: none. */
  call: number;
  operation: Operation;
  /** Calls that were answered, of this incarnation. */
  answered: number;
  firstCall: number;
  /** Index of the node that is asked. */
  server: number;
  /** It was told who leads: the next retry goes there. */
  isRedirected: boolean;
  retryAt: number;
}

type Out = Outbox<RaftWords>;

/** @param servers addresses of the nodes. @param calls how many it makes. */
export function raftClient(servers: readonly string[], calls: number): Machine<ClientState, RaftWords> {
  const ask = (state: ClientState, now: number, out: Out): void => {
    out.send(servers[state.server] as string, 'command', { call: state.call, operation: state.operation });
    state.retryAt = now + RETRY_MS;
  };
  const next = (state: ClientState, now: number, out: Out): void => {
    state.call = state.firstCall + state.answered;
    state.operation = drawOperation(state.call, out);
    out.note({ kind: 'called', call: callName(out, state), operation: state.operation });
    ask(state, now, out);
  };
  const onMessage = (state: ClientState, { kind, body }: MessageOf<RaftWords>, now: number, out: Out): void => {
    if (kind === 'applied' && body.call === state.call) {
      out.note({ kind: 'returned', call: callName(out, state), result: body.result });
      state.call = 0;
      state.answered += 1;
      state.retryAt = NEVER;
      if (state.answered < calls) next(state, now, out);
    } else if (kind === 'not-leader' && body.call === state.call && body.leader !== '') {
      state.server = servers.indexOf(body.leader);
      state.isRedirected = true;
      state.retryAt = Math.min(state.retryAt, now + REDIRECT_MS);
    }
  };
  return {
    role: 'client',
    create: () => ({
      call: 0,
      operation: { op: 'get', key: '' },
      answered: 0,
      firstCall: 0,
      server: 0,
      isRedirected: false,
      retryAt: NEVER,
    }),
    step(state, input, out) {
      if (input.kind === 'start') {
        state.firstCall = input.incarnation * CALLS_PER_INCARNATION;
        next(state, input.now, out);
      } else if (input.kind === 'message') {
        onMessage(state, input.message, input.now, out);
      } else if (input.kind === 'wake') {
        if (!state.isRedirected) state.server = (state.server + 1) % servers.length;
        state.isRedirected = false;
        ask(state, input.now, out);
      }
    },
    wakeAt: ({ retryAt }) => retryAt,
    hasWork: () => false,
    checkInvariants: () => {},
    relative: {
      shift(state, by) {
        state.retryAt = by.moment(state.retryAt);
      },
    },
  };
}

/** Values are the numbers of their calls: each is written once. */
function drawOperation(call: number, out: Out): Operation {
  const key = `k${out.pick('key', KEYS)}`;
  return out.pick('operation', 2) === 0 ? { op: 'put', key, value: call } : { op: 'get', key };
}

function callName(out: Out, { call }: ClientState): string {
  return `${out.address}/${call}`;
}
