// A counter on one server that may die, and a client that adds to it: each addition is in the log before it is answered. With `isForgetful` it is
// not, and a server that comes back counts on from a wrong number, whenever it died.
import {
  defineMachines,
  durableLog,
  keyValueStore,
  linearizable,
  NEVER,
  type CallNote,
  type KeyValueAnswer,
  type KeyValueRequest,
  type LogAnswer,
  type LogRequest,
  type Machine,
  type Outbox,
} from 'millrace/sim';

const CALLS = 60;
const PAUSE_MS = 30;
const RETRY_MS = 100;

interface Words {
  readonly bodies: {
    readonly add: { readonly call: number };
    readonly added: { readonly call: number; readonly total: number };
  };
  readonly request: LogRequest<number> | KeyValueRequest<number>;
  readonly answer: LogAnswer<number> | KeyValueAnswer<number>;
  readonly note: CallNote<string, number>;
}

interface ServerState {
  /** Numbers of the calls that count. */
  calls: number[];
  /** The call that is being written; 0: none. */
  writing: number;
  isReady: boolean;
  /** What is counted already where `isForgetful`. */
  base: number;
}

function server(isForgetful: boolean): Machine<ServerState, Words> {
  const answer = (state: ServerState, call: number, out: Outbox<Words>): void =>
    out.send('client', 'added', { call, total: state.base + state.calls.indexOf(call) + 1 });
  const onAdd = (state: ServerState, call: number, out: Outbox<Words>): void => {
    if (state.calls.includes(call)) return answer(state, call, out);
    if (!state.isReady || state.writing !== 0) return;
    state.writing = call;
    if (isForgetful) return onAppended(state, out);
    out.request(call + 10, { kind: 'log-append', log: 'calls', at: state.calls.length, entries: [call], sync: true });
  };
  const onAppended = (state: ServerState, out: Outbox<Words>): void => {
    state.calls = [...state.calls, state.writing];
    answer(state, state.writing, out);
    state.writing = 0;
  };
  return {
    role: 'server',
    create: () => ({ calls: [], writing: 0, isReady: isForgetful, base: 0 }),
    step(state, input, out) {
      if (input.kind === 'start' && isForgetful) state.base = (input.incarnation - 1) * 1_000;
      if (input.kind === 'start')
        out.request(1, { kind: 'kv-put', key: 'started', value: input.incarnation, ifRevision: null });
      if (input.kind === 'message' && input.message.kind === 'add') onAdd(state, input.message.body.call, out);
      if (input.kind !== 'completed') return;
      if (input.answer.kind === 'kv-written') out.request(2, { kind: 'log-read', log: 'calls', from: 0, limit: null });
      if (input.answer.kind === 'log-appended') onAppended(state, out);
      if (input.answer.kind !== 'log-entries' || isForgetful) return;
      state.calls = [...input.answer.entries];
      state.isReady = true;
    },
    wakeAt: () => NEVER,
    hasWork: () => false,
    checkInvariants: () => {},
  };
}

interface ClientState {
  call: number;
  isWaiting: boolean;
  wakeAt: number;
}

const client: Machine<ClientState, Words> = {
  role: 'client',
  create: () => ({ call: 0, isWaiting: false, wakeAt: NEVER }),
  step(state, input, out) {
    if (input.kind === 'start') state.wakeAt = input.now;
    if (input.kind === 'wake') {
      if (!state.isWaiting) {
        state.call += 1;
        out.note({ kind: 'called', call: state.call, operation: 'add' });
      }
      state.isWaiting = true;
      out.send('server', 'add', { call: state.call });
      state.wakeAt = input.now + RETRY_MS;
    }
    if (input.kind !== 'message' || input.message.kind !== 'added') return;
    const { call, total } = input.message.body;
    if (!state.isWaiting || call !== state.call) return;
    out.note({ kind: 'returned', call, result: total });
    state.isWaiting = false;
    state.wakeAt = call === CALLS ? NEVER : input.now + PAUSE_MS;
  },
  wakeAt: ({ wakeAt }) => wakeAt,
  hasWork: () => false,
  checkInvariants: () => {},
};

export const scenario = defineMachines({
  name: 'counter',
  about: 'A client adds to a counter, whose server dies and comes back.',
  messages: ['add', 'added'],
  nodes: ({ options }) => [
    { address: 'server', machine: server(options['isForgetful'] === 1) },
    { address: 'client', machine: client },
  ],
  services: [durableLog<number>(), keyValueStore<number>()],
  options: { isForgetful: { default: 0, unit: 'flag', min: 0, max: 1, about: 'the log is not used' } },
  faults: { crash: 1 },
  aim: { crash: { nodes: ['server'] } },
  oracles: [
    linearizable<number, string, number>({
      model: { init: 0, step: (total, _, result) => (result === undefined || result === total + 1 ? total + 1 : null) },
    }),
  ],
  isOver(view) {
    const state = view.node('client')?.state as ClientState;
    return state.call === CALLS && !state.isWaiting;
  },
  runMs: 4_000,
  settleMs: 4_000,
});
