// Machines of a user in a world: what `millrace/sim` is for. Compiled strictly, and run by plain Node.
import {
  assert,
  createWorld,
  NEVER,
  seededDecisions,
  type Decisions,
  type Machine,
  type RunOutcome,
} from 'millrace/sim';

export interface Locking {
  readonly bodies: { readonly acquire: null; readonly granted: null; readonly release: null };
  readonly request: never;
  readonly answer: never;
}

const lockServer: Machine<{ queue: string[]; expiresAt: number }, Locking> = {
  role: 'lock-server',
  create: () => ({ queue: [], expiresAt: NEVER }),
  step(state, input, out) {
    const holder = state.queue[0];
    if (input.kind === 'wake') state.queue.shift();
    if (input.kind === 'message') {
      const { kind, from } = input.message;
      if (kind === 'release') state.queue = state.queue.filter((client) => client !== from);
      if (kind === 'acquire' && !state.queue.includes(from)) state.queue.push(from);
    }
    const next = state.queue[0];
    if (next === holder) return;
    state.expiresAt = next === undefined ? NEVER : input.now + 1_000;
    if (next !== undefined) out.send(next, 'granted', null);
  },
  wakeAt: (state) => state.expiresAt,
  hasWork: () => false,
  checkInvariants: (state) => assert(state.queue.length === 0 || state.expiresAt < NEVER, 'held without a deadline'),
};

const client: Machine<{ granted: number }, Locking> = {
  role: 'client',
  create: () => ({ granted: 0 }),
  step(state, input, out) {
    if (input.kind === 'start') out.send('server', 'acquire', null);
    if (input.kind !== 'message') return;
    state.granted += 1;
    out.send('server', 'release', null);
  },
  wakeAt: () => NEVER,
  hasWork: () => false,
  checkInvariants: ({ granted }) => assert(granted <= 1, 'granted twice'),
};

export interface Locked {
  readonly outcome: RunOutcome;
  readonly hash: string;
  readonly granted: number;
}

export function runLock(decisions: Decisions = seededDecisions(42)): Locked {
  const latency = { latencyUs: 200, jitterUs: 800 };
  const world = createWorld({
    decisions,
    nodes: [
      { address: 'server', machine: lockServer },
      { address: 'a', machine: client },
      { address: 'b', machine: client },
    ],
    network: { control: latency, data: latency },
    costs: { stepCostUs: 20, recordCostUs: 5 },
  });
  const outcome = world.run({ untilUs: 60_000_000 });
  const clients = world.view.nodes().filter(({ role }) => role === 'client');
  const granted = clients.reduce((sum, { state }) => sum + (state as { granted: number }).granted, 0);
  return { outcome, hash: world.hash(), granted };
}
