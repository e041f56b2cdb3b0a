// A toy that survives everything: clients count to a number with the help of a server that keeps each count in a map. Nothing is kept in memory
// that cannot be asked for again, everything is sent again until it is answered, and the map refuses to count twice.
import { NEVER, type Machine } from '../../../src/sim/millrace-sim.ts';
import type { KeyValueAnswer, KeyValueEntry, KeyValueRequest } from '../../../src/sim/millrace-sim.ts';

export interface Tallying {
  readonly bodies: { readonly count: { readonly to: number }; readonly counted: { readonly to: number } };
  readonly request: KeyValueRequest<number>;
  readonly answer: KeyValueAnswer<number>;
}

export interface Client {
  /** The highest count that was acknowledged to this incarnation. */
  reached: number;
  wakeAt: number;
}

const RETRY_MS = 40;

export function tallyClient(goal: number): Machine<Client, Tallying> {
  return {
    role: 'client',
    create: () => ({ reached: 0, wakeAt: NEVER }),
    step(state, input, out) {
      if (input.kind === 'message' && input.message.kind === 'counted')
        state.reached = Math.max(state.reached, input.message.body.to);
      if (input.kind !== 'start' && input.kind !== 'wake') return;
      out.send('server', 'count', { to: input.kind === 'start' ? 0 : Math.min(goal, state.reached + 1) });
      state.wakeAt = state.reached >= goal ? NEVER : input.now + RETRY_MS;
    },
    wakeAt: (state) => state.wakeAt,
    hasWork: () => false,
    checkInvariants: () => {},
  };
}

interface Count {
  readonly client: string;
  readonly to: number;
}

interface Server {
  nextId: number;
  readonly asked: Map<number, Count>;
}

export const tallyServer: Machine<Server, Tallying> = {
  role: 'server',
  create: () => ({ nextId: 1, asked: new Map() }),
  step(state, input, out) {
    const ask = (count: Count, request: KeyValueRequest<number>): void => {
      state.asked.set(state.nextId, count);
      out.request(state.nextId, request);
      state.nextId += 1;
    };
    if (input.kind === 'message' && input.message.kind === 'count')
      ask({ client: input.message.from, to: input.message.body.to }, { kind: 'kv-get', key: input.message.from });
    if (input.kind !== 'completed') return;
    const count = state.asked.get(input.request) as Count;
    state.asked.delete(input.request);
    const { answer } = input;
    if (answer.kind === 'kv-written') out.send(count.client, 'counted', { to: count.to });
    if (answer.kind !== 'kv-entry') return; // the client asks again
    const { value, revision } = answer.entry ?? ({ value: 0, revision: 0 } satisfies Partial<KeyValueEntry<number>>);
    if (count.to !== value + 1) out.send(count.client, 'counted', { to: value });
    else ask(count, { kind: 'kv-put', key: count.client, value: count.to, ifRevision: revision });
  },
  wakeAt: () => NEVER,
  hasWork: () => false,
  checkInvariants: () => {},
};
