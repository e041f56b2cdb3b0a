// Machines of tests: a counter that adds what it is sent, and clients that send until all was counted.
import { NEVER, type Input, type Machine, type Outbox, type WorldView } from 'millrace/sim';

export interface Counting {
  readonly bodies: {
    readonly add: { readonly number: number };
    readonly added: { readonly number: number };
  };
  readonly request: { readonly kind: 'never-served' };
  readonly answer: never;
  readonly note: { readonly kind: 'counted'; readonly client: string; readonly number: number };
}

/** Each client counts its additions from 1, so that one that comes twice is seen. */
export interface CounterState {
  total: number;
  readonly seen: Map<string, number>;
}

export interface ClientState {
  number: number;
  retryAt: number;
}

/** The state of a node that is there. */
export function stateAt(view: WorldView, address: string): unknown {
  return view.nodes().find((node) => node.address === address)?.state;
}

const RETRY_MS = 50;
export const ADDS = 3;

export interface Bugs {
  /** Adds what comes twice. */
  readonly addsTwice?: boolean;
}

export function counter({ addsTwice = false }: Bugs = {}): Machine<CounterState, Counting> {
  return {
    role: 'counter',
    create: () => ({ total: 0, seen: new Map() }),
    step(state, input, out) {
      if (input.kind !== 'message' || input.message.kind !== 'add') return;
      const { from, body } = input.message;
      const isNew = body.number > (state.seen.get(from) ?? 0);
      if (isNew || addsTwice) {
        state.total += 1;
        out.note({ kind: 'counted', client: from, number: body.number });
      }
      if (isNew) state.seen.set(from, body.number);
      out.send(from, 'added', { number: body.number });
    },
    wakeAt: () => NEVER,
    hasWork: () => false,
    checkInvariants: () => {},
  };
}

/** Sends each addition until it is confirmed. */
export const client: Machine<ClientState, Counting> = {
  role: 'client',
  create: () => ({ number: 1, retryAt: NEVER }),
  step(state, input, out) {
    if (input.kind === 'message' && input.message.body.number === state.number) state.number += 1;
    if (state.number > ADDS) state.retryAt = NEVER;
    else if (input.kind !== 'work') ask(state, input, out);
  },
  wakeAt: ({ retryAt }) => retryAt,
  hasWork: () => false,
  checkInvariants: () => {},
};

function ask(state: ClientState, input: Input<Counting>, out: Outbox<Counting>): void {
  out.send('counter', 'add', { number: state.number });
  state.retryAt = input.now + RETRY_MS;
}
