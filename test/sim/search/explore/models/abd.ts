// A register that a majority of servers keeps (Attiya, Bar-Noy and Dolev): who is asked queries all others, then makes a majority record.
import type { Reaction } from './actors.ts';
import { NOTHING, type RegisterMessage, type Server } from './register.ts';

type Sequence = readonly [number: number, server: number];
type Held = readonly [Sequence, value: string];

export type AbdMessage =
  | { readonly kind: 'query'; readonly request: number }
  | { readonly kind: 'ack-query'; readonly request: number; readonly held: Held }
  | { readonly kind: 'record'; readonly request: number; readonly held: Held }
  | { readonly kind: 'ack-record'; readonly request: number };

interface Querying {
  readonly phase: 1;
  readonly request: number;
  readonly requester: number;
  readonly write: string | null;
  readonly responses: Readonly<Record<number, Held>>;
}

interface Recording {
  readonly phase: 2;
  readonly request: number;
  readonly requester: number;
  readonly read: string | null;
  readonly acks: readonly number[];
}

export interface AbdState {
  readonly held: Held;
  readonly at: Querying | Recording | null;
}

type Result = Reaction<AbdState, RegisterMessage<AbdMessage>> | null;

export function abd(servers: number): Server<AbdState, AbdMessage> {
  const majority = Math.floor(servers / 2) + 1;
  const toPeers = (id: number, message: AbdMessage) =>
    Array.from({ length: servers }, (_, peer) => peer)
      .filter((peer) => peer !== id)
      .map((peer) => [peer, message] as const);

  const ask = (id: number, state: AbdState, from: number, request: number, write: string | null): Result => {
    if (state.at !== null) return null;
    const at: Querying = { phase: 1, request, requester: from, write, responses: { [id]: state.held } };
    return { state: { ...state, at }, sends: toPeers(id, { kind: 'query', request }) };
  };

  const onResponse = (id: number, state: AbdState, from: number, request: number, held: Held): Result => {
    const { at } = state;
    if (at?.phase !== 1 || at.request !== request) return null;
    const responses = { ...at.responses, [from]: held };
    const all = Object.values(responses);
    if (all.length !== majority) return { state: { ...state, at: { ...at, responses } }, sends: [] };
    const [[number, server], value] = all.reduce((best, one) => (isLess(best[0], one[0]) ? one : best));
    const chosen: Held = at.write === null ? [[number, server], value] : [[number + 1, id], at.write];
    const read = at.write === null ? value : null;
    const own = isLess(state.held[0], chosen[0]) ? chosen : state.held;
    const recording: Recording = { phase: 2, request, requester: at.requester, read, acks: [id] };
    return { state: { held: own, at: recording }, sends: toPeers(id, { kind: 'record', request, held: chosen }) };
  };

  const onAck = (state: AbdState, from: number, request: number): Result => {
    const { at } = state;
    if (at?.phase !== 2 || at.request !== request || at.acks.includes(from)) return null;
    const acks = [...at.acks, from].sort((left, right) => left - right);
    if (acks.length !== majority) return { state: { ...state, at: { ...at, acks } }, sends: [] };
    const answer =
      at.read === null
        ? ({ kind: 'put-ok', request } as const)
        : ({ kind: 'get-ok', request, value: at.read } as const);
    return { state: { ...state, at: null }, sends: [[at.requester, answer]] };
  };

  return {
    start: (id) => ({ held: [[0, id], NOTHING], at: null }),
    on(id, state, from, message) {
      switch (message.kind) {
        case 'put':
          return ask(id, state, from, message.request, message.value);
        case 'get':
          return ask(id, state, from, message.request, null);
        case 'query':
          return { sends: [[from, { kind: 'ack-query', request: message.request, held: state.held }]] };
        case 'ack-query':
          return onResponse(id, state, from, message.request, message.held);
        case 'record': {
          const sends = [[from, { kind: 'ack-record', request: message.request }]] as const;
          return isLess(state.held[0], message.held[0])
            ? { state: { ...state, held: message.held }, sends }
            : { sends };
        }
        case 'ack-record':
          return onAck(state, from, message.request);
        default:
          return null;
      }
    },
  };
}

function isLess([number, server]: Sequence, [other, at]: Sequence): boolean {
  return number < other || (number === other && server < at);
}
