// Writers that race for a cell, each for one addition. The second one greets the cell several times before: in plain order the first one is done
// by then.
import { defineMachines, NEVER, type Machine, type Oracle, type Outbox, type WorldView } from 'millrace/sim';

interface Racing {
  readonly bodies: {
    readonly greet: { readonly times: number };
    readonly read: null;
    readonly value: { readonly value: number };
    readonly write: { readonly value: number; readonly readAt: number };
    readonly written: { readonly isAccepted: boolean };
  };
  readonly request: never;
  readonly answer: never;
  readonly note: { readonly kind: 'wrote'; readonly by: string; readonly value: number };
}

const GREETINGS = 8;

interface CellState {
  value: number;
}

interface WriterState {
  isDone: boolean;
}

/** @param isCareful refuses what was not made of its value */
const cell = (isCareful: boolean): Machine<CellState, Racing> => ({
  role: 'cell',
  create: () => ({ value: 0 }),
  step(state, input, out) {
    if (input.kind !== 'message') return;
    const { kind, from, body } = input.message;
    if (kind === 'greet') out.send(from, 'greet', { times: body.times - 1 });
    if (kind === 'read') out.send(from, 'value', { value: state.value });
    if (kind !== 'write') return;
    const isAccepted = !isCareful || body.readAt === state.value;
    if (isAccepted) state.value = body.value;
    if (isAccepted) out.note({ kind: 'wrote', by: from, value: body.value });
    out.send(from, 'written', { isAccepted });
  },
  wakeAt: () => NEVER,
  hasWork: () => false,
  checkInvariants: () => {},
});

const writer = (greetings: number): Machine<WriterState, Racing> => ({
  role: 'writer',
  create: () => ({ isDone: false }),
  step(state, input, out) {
    if (input.kind === 'start') greet(greetings, out);
    if (input.kind !== 'message') return;
    const { kind, body } = input.message;
    if (kind === 'greet') greet(body.times, out);
    if (kind === 'value') out.send('cell', 'write', { value: body.value + 1, readAt: body.value });
    if (kind === 'written' && body.isAccepted) state.isDone = true;
    if (kind === 'written' && !body.isAccepted) out.send('cell', 'read', null);
  },
  wakeAt: () => NEVER,
  hasWork: () => false,
  checkInvariants: () => {},
});

/** Reads when it has greeted enough. */
function greet(times: number, out: Outbox<Racing>): void {
  if (times > 0) out.send('cell', 'greet', { times });
  else out.send('cell', 'read', null);
}

const writersDone = (view: WorldView): number =>
  view.nodes().filter(({ role, state }) => role === 'writer' && (state as WriterState).isDone).length;

/** What was written is there. */
const noneLost: Oracle<null> = {
  name: 'none-lost',
  create: () => null,
  observe(_, seen, view, violate) {
    if (seen.kind !== 'stepped' || seen.node === 'cell') return;
    const done = writersDone(view);
    const value = (view.node('cell')?.state as CellState | undefined)?.value ?? 0;
    if (value < done) violate('lost', `${done} writers are done, and the cell says ${value}`, []);
  },
  finish: () => {},
};

export function racingScenario(name: string, isCareful: boolean) {
  return defineMachines({
    name,
    about: 'Writers add to a cell by reading it and writing it back.',
    messages: ['greet', 'read', 'value', 'write', 'written'],
    nodes: [
      { address: 'cell', machine: cell(isCareful) },
      { address: 'writer-1', machine: writer(0) },
      { address: 'writer-2', machine: writer(GREETINGS) },
    ],
    faults: { 'message-delay': 1 },
    oracles: [noneLost],
    isOver: (view) => writersDone(view) === 2,
    runMs: 1_000,
  });
}
