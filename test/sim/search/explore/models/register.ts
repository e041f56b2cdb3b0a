// Clients of a register, each with one write and then one read, and the history of their operations: what Stateright's register systems share.
import type { ActorModel, Envelope, Reaction } from './actors.ts';

export type RegisterMessage<M> =
  | { readonly kind: 'put'; readonly request: number; readonly value: string }
  | { readonly kind: 'get'; readonly request: number }
  | { readonly kind: 'put-ok'; readonly request: number }
  | { readonly kind: 'get-ok'; readonly request: number; readonly value: string }
  | M;

/** The value before anything is written. */
export const NOTHING = '\0';

interface Client {
  /** -1: nothing is awaited. */
  readonly awaiting: number;
  readonly count: number;
}

/** Of an operation when it opens: the index of the last closed one of each other client that has any. */
type Seen = readonly (readonly [client: number, index: number])[];

interface Operation {
  /** The value written, or null for a read. */
  readonly write: string | null;
  readonly seen: Seen;
}

interface OfClient {
  readonly closed: readonly (readonly [Operation, returned: string | null])[];
  readonly open: Operation | null;
}

export interface History {
  readonly isWellFormed: boolean;
  readonly clients: Readonly<Record<number, OfClient>>;
}

type Known = { readonly kind: string; readonly request?: number; readonly value?: string };

/** What a model's server does. */
export interface Server<S, M> {
  start(id: number): S;
  on(id: number, state: S, from: number, message: RegisterMessage<M>): Reaction<S, RegisterMessage<M>> | null;
}

export function registerSystem<S, M extends { readonly kind: string }>(
  servers: number,
  clients: number,
  server: Server<S, M>,
): ActorModel<S | Client, RegisterMessage<M>, History> {
  return {
    actors: servers + clients,
    start(id) {
      if (id < servers) return { state: server.start(id), sends: [] };
      const value = String.fromCodePoint(65 + id - servers);
      return { state: { awaiting: id, count: 1 }, sends: [[id % servers, { kind: 'put', request: id, value }]] };
    },
    on: (id, state, from, message) =>
      id < servers ? server.on(id, state as S, from, message) : onClient(id, state as Client, message, servers),
    history: { isWellFormed: true, clients: {} },
    onSent: (history, { from, message }) => opened(history, from, message),
    onReceived: (history, envelope) => closed(history, envelope),
  };
}

function onClient<M>(
  id: number,
  { awaiting }: Client,
  message: RegisterMessage<M>,
  servers: number,
): Reaction<Client, RegisterMessage<M>> | null {
  const { kind, request } = message as Known;
  if (request !== awaiting) return null;
  if (kind === 'put-ok') {
    const get = { kind: 'get', request: 2 * id } as const;
    return { state: { awaiting: 2 * id, count: 2 }, sends: [[(id + 1) % servers, get]] };
  }
  return kind === 'get-ok' ? { state: { awaiting: -1, count: 3 }, sends: [] } : null;
}

const NONE: OfClient = { closed: [], open: null };

function opened(history: History, client: number, { kind, value }: Known): History {
  if (!history.isWellFormed || (kind !== 'put' && kind !== 'get')) return history;
  const own = history.clients[client] ?? NONE;
  if (own.open !== null) return { ...history, isWellFormed: false };
  const seen = Object.entries(history.clients).flatMap(([other, { closed: of }]) =>
    Number(other) === client || of.length === 0 ? [] : [[Number(other), of.length - 1] as const],
  );
  const open = { write: kind === 'put' ? (value as string) : null, seen };
  return withClient(history, client, { ...own, open });
}

function closed(history: History, { to, message: { kind, value } }: Envelope<Known>): History {
  if (!history.isWellFormed || (kind !== 'put-ok' && kind !== 'get-ok')) return history;
  const own = history.clients[to] ?? NONE;
  if (own.open === null) return { ...history, isWellFormed: false };
  const returned = kind === 'put-ok' ? null : (value as string);
  return withClient(history, to, { closed: [...own.closed, [own.open, returned]], open: null });
}

/** In the order of the clients, so that equal histories have equal texts. */
function withClient({ isWellFormed, clients }: History, client: number, own: OfClient): History {
  return { isWellFormed, clients: { ...clients, [client]: own } };
}
