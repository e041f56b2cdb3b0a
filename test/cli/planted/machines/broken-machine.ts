// Machines that break the contract of a machine, one way each: what `SIN` says. The types forbid it all, so they are cast away.
import { defineMachines, type Machine } from 'millrace/sim';
import { ADDS, client, counter, stateAt, type ClientState, type Counting } from './toys.ts';

export type Sin = keyof typeof sins;

type Loose = Record<string, unknown>;
type LooseOut = {
  send(to: string, kind: string, body: unknown): void;
  request(id: unknown, request: unknown): void;
  halt(reason: unknown): void;
  note(note: unknown): void;
};

const shared = { n: 0 };

/** What is done at the first addition, after it was counted. */
export const sins = {
  'class-instance': (state: Loose) => void (state['when'] = new Date(0)),
  function: (state: Loose) => void (state['later'] = () => 1),
  promise: (state: Loose) => void (state['later'] = Promise.resolve(1)),
  'shared-part': (state: Loose) => void Object.assign(state, { one: shared, other: shared }),
  'effect-after-halt': (_: Loose, out: LooseOut) => {
    out.halt('enough');
    out.send('client-1', 'added', { number: 1 });
  },
  clock: (state: Loose) => void (state['at'] = Date.now()),
  chance: (state: Loose) => void (state['at'] = Math.random()),
  'halt-without-reason': (_: Loose, out: LooseOut) => out.halt(undefined),
  'unknown-message': (_: Loose, out: LooseOut) => out.send('client-1', 'aded', { number: 1 }),
  'unknown-request': (_: Loose, out: LooseOut) => out.request(1, { kind: 'never-served' }),
  'unknown-address': (_: Loose, out: LooseOut) => out.send('client-7', 'added', { number: 1 }),
  'body-no-data': (_: Loose, out: LooseOut) => out.send('client-1', 'added', { number: [1, { at: new Date(0) }] }),
  'note-no-data': (_: Loose, out: LooseOut) => out.note({ kind: 'counted', by: () => 1 }),
  'async-step': () => Promise.resolve(),
  'wake-at': (state: Loose) => void (state['wakeAt'] = Number.NaN),
} as const;

export function sinnerScenario(sin: Sin) {
  const right = counter();
  const sinner = {
    ...right,
    create: () => ({ ...right.create(), wakeAt: Infinity }),
    step(state: Loose, input: never, out: never) {
      right.step(state as never, input, out);
      const { kind } = input as { kind: string };
      return kind === 'message' ? sins[sin](state, out) : undefined;
    },
    wakeAt: ({ wakeAt }: Loose) => wakeAt as number,
  } as unknown as Machine<unknown, Counting>;
  return defineMachines({
    name: `sinner-${sin}`,
    about: 'A counter that breaks the contract of a machine.',
    messages: ['add', 'added'],
    nodes: [
      { address: 'counter', machine: sinner },
      { address: 'client-1', machine: client },
    ],
    isOver: (view) => (stateAt(view, 'client-1') as ClientState).number > ADDS,
    runMs: 1_000,
  });
}
