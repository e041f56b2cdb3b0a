// A lock service with leases and fencing tokens. Clients add 1 to a counter under the lock: each reads it, and writes it back one larger. A holder
// that is paused for longer than its lease writes afterwards; the register refuses it by its older token.
import { NEVER, defineMachines, linearizable, type CallNote, type Machine, type Outbox } from 'millrace/sim';

interface Locking {
  readonly bodies: {
    readonly acquire: null;
    readonly granted: { readonly token: number };
    readonly release: { readonly token: number };
    readonly read: { readonly token: number };
    readonly value: { readonly token: number; readonly value: number };
    readonly write: { readonly token: number; readonly value: number };
    readonly written: { readonly token: number; readonly isAccepted: boolean };
  };
  readonly request: never;
  readonly answer: never;
  readonly note: CallNote<'add', number>;
}

const LEASE_MS = 400;
const RETRY_MS = 150;
const CLIENTS = 3;
const ADDS = 4; // of each client
const TOKENS_PER_INCARNATION = 1_000_000; // tokens rise over restarts, although none is written down

/** Grants the lock to one client after the other. */
const lockServer: Machine<{ queue: string[]; token: number; expiresAt: number }, Locking> = {
  role: 'lock-server',
  create: () => ({ queue: [], token: 0, expiresAt: NEVER }),
  step(state, input, out) {
    if (input.kind === 'start') state.token = input.incarnation * TOKENS_PER_INCARNATION;
    if (input.kind === 'wake') state.expiresAt = NEVER;
    if (input.kind === 'message') {
      const { kind, from, body } = input.message;
      if (kind === 'acquire' && !state.queue.includes(from)) state.queue.push(from);
      if (kind === 'release' && body.token === state.token) state.expiresAt = NEVER;
    }
    const next = state.expiresAt === NEVER ? state.queue.shift() : undefined;
    if (next === undefined) return;
    state.token += 1;
    state.expiresAt = input.now + LEASE_MS;
    out.send(next, 'granted', { token: state.token });
  },
  wakeAt: ({ expiresAt }) => expiresAt,
  hasWork: () => false,
  checkInvariants: () => {},
  relative: {
    shift(state, by) {
      state.expiresAt = by.moment(state.expiresAt);
    },
  },
};

/** Holds the counter. With `isFenced` it refuses what comes under an older token than it has seen. */
const register = (isFenced: boolean): Machine<{ value: number; token: number }, Locking> => ({
  role: 'register',
  create: () => ({ value: 0, token: 0 }),
  step(state, input, out) {
    if (input.kind !== 'message') return;
    const { kind, from, body } = input.message;
    if (kind !== 'read' && kind !== 'write') return;
    const isAccepted = !isFenced || body.token >= state.token;
    if (isAccepted) state.token = body.token;
    if (kind === 'read') return out.send(from, 'value', { token: body.token, value: state.value });
    if (isAccepted) state.value = body.value;
    out.send(from, 'written', { token: body.token, isAccepted });
  },
  wakeAt: () => NEVER,
  hasWork: () => false,
  checkInvariants: () => {},
  relative: { shift: () => {} },
});

/** `writes`: the value that it asked the register to write, 0 before it asks. `isRepeated`: it asked more than once. */
type ClientState = { calls: number; left: number; token: number; writes: number; isRepeated: boolean; retryAt: number };

/** Adds so many times. It does not look at the clock before it writes: a pause can come behind any look. The fence is what holds. */
const client = (adds: number): Machine<ClientState, Locking> => ({
  role: 'client',
  create: () => ({ calls: 0, left: adds, token: 0, writes: 0, isRepeated: false, retryAt: NEVER }),
  step(state, input, out) {
    if (input.kind === 'start') call(state, input.now, out);
    if (input.kind === 'wake') state.isRepeated = state.writes > 0;
    if (input.kind === 'wake') ask(state, input.now, out);
    if (input.kind !== 'message') return;
    const { kind, body } = input.message;
    const isOfToken = body !== null && body.token === state.token;
    if (kind === 'granted' && state.writes === 0) {
      state.token = body.token;
      if (state.retryAt === NEVER) return out.send('server', 'release', { token: body.token }); // it asked twice
      out.send('register', 'read', { token: body.token });
    } else if (kind === 'value' && isOfToken && state.writes === 0) {
      state.writes = body.value + 1;
      ask(state, input.now, out);
    } else if (kind === 'written' && isOfToken && state.writes > 0) {
      onWritten(state, body.isAccepted, input.now, out);
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
});

function call(state: ClientState, now: number, out: Outbox<Locking>): void {
  state.retryAt = NEVER;
  if (state.left === 0) return;
  state.calls += 1;
  out.note({ kind: 'called', call: state.calls, operation: 'add' });
  ask(state, now, out);
}

function ask(state: ClientState, now: number, out: Outbox<Locking>): void {
  state.retryAt = now + RETRY_MS;
  if (state.writes === 0) out.send('server', 'acquire', null);
  else out.send('register', 'write', { token: state.token, value: state.writes });
}

/** A refusal of a repeated write says nothing of the first: nobody will know whether that call added. */
function onWritten(state: ClientState, isAccepted: boolean, now: number, out: Outbox<Locking>): void {
  const { writes, isRepeated, token } = state;
  state.writes = 0;
  state.isRepeated = false;
  out.send('server', 'release', { token });
  if (!isAccepted && !isRepeated) return ask(state, now, out);
  if (isAccepted) out.note({ kind: 'returned', call: state.calls, result: writes });
  if (isAccepted) state.left -= 1;
  call(state, now, out);
}

const isDone = (state: unknown): boolean => (state as ClientState).left === 0;

const clientsOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `client-${index + 1}`);

export const lockService = (name: string, isFenced: boolean, clients = CLIENTS, adds = ADDS) =>
  defineMachines({
    name,
    about: 'Clients add to a counter under a lock, while holders are paused for longer than their lease.',
    messages: ['acquire', 'granted', 'release', 'read', 'value', 'write', 'written'],
    nodes: [
      { address: 'server', machine: lockServer },
      { address: 'register', machine: register(isFenced) },
      ...clientsOf(clients).map((address) => ({ address, machine: client(adds) })),
    ],
    symmetric: ['client'],
    sim: { networkLatencyUs: 2_000, networkJitterUs: 10_000 },
    faults: { crash: 1, pause: 2, partition: 1, 'message-delay': 2, 'connection-break': 1 },
    aim: { crash: { nodes: ['server', ...clientsOf(clients)] } }, // the register has no disk
    oracles: [
      linearizable<number, 'add', number>({
        model: { init: 0, step: (sum, _, result) => (result === undefined || result === sum + 1 ? sum + 1 : null) },
      }),
    ],
    isOver: (view) => view.nodes().every(({ role, state }) => role !== 'client' || isDone(state)),
    runMs: 1_500,
    settleMs: 20_000,
  });

export const scenario = lockService('lock-service', true);
