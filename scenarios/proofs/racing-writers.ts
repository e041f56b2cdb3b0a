// Three writers race for a cell that keeps what it is given only if it was made of its own value: no addition is lost, in whatever order.
import { defineMachines, NEVER, type Machine, type Oracle, type WorldView } from 'millrace/sim';

interface Racing {
  readonly bodies: {
    readonly read: null;
    readonly value: { readonly value: number };
    readonly write: { readonly value: number; readonly readAs: number };
    readonly written: { readonly isAccepted: boolean };
  };
  readonly request: never;
  readonly answer: never;
}

interface CellState {
  value: number;
}

interface WriterState {
  isDone: boolean;
}

const WRITERS = ['writer-1', 'writer-2', 'writer-3'];

const cell: Machine<CellState, Racing> = {
  role: 'cell',
  create: () => ({ value: 0 }),
  step(state, input, out) {
    if (input.kind !== 'message') return;
    const { kind, from, body } = input.message;
    if (kind === 'read') out.send(from, 'value', { value: state.value });
    if (kind !== 'write') return;
    const isAccepted = body.readAs === state.value;
    if (isAccepted) state.value = body.value;
    out.send(from, 'written', { isAccepted });
  },
  wakeAt: () => NEVER,
  hasWork: () => false,
  checkInvariants: () => {},
};

/** Adds 1, and begins again when somebody was faster. */
const writer: Machine<WriterState, Racing> = {
  role: 'writer',
  create: () => ({ isDone: false }),
  step(state, input, out) {
    if (input.kind === 'start') out.send('cell', 'read', null);
    if (input.kind !== 'message') return;
    const { kind, body } = input.message;
    if (kind === 'value') out.send('cell', 'write', { value: body.value + 1, readAs: body.value });
    if (kind === 'written' && body.isAccepted) state.isDone = true;
    if (kind === 'written' && !body.isAccepted) out.send('cell', 'read', null);
  },
  wakeAt: () => NEVER,
  hasWork: () => false,
  checkInvariants: () => {},
};

const doneOf = (view: WorldView): number =>
  view.nodes().filter(({ role, state }) => role === 'writer' && (state as WriterState).isDone).length;

/** Whoever was told that its addition is written, is in the sum. */
const noneLost: Oracle<null> = {
  name: 'none-lost',
  create: () => null,
  observe(_, seen, view, violate) {
    if (seen.kind !== 'stepped') return;
    const value = (view.node('cell')?.state as CellState | undefined)?.value ?? 0;
    if (value < doneOf(view)) violate('lost', `${doneOf(view)} writers are done, and the cell says ${value}`, []);
  },
  finish: () => {},
};

export const scenario = defineMachines({
  name: 'racing-writers',
  about: 'Writers add to a cell by reading it and writing it back, if nobody else did meanwhile.',
  symmetric: ['writer'],
  messages: ['read', 'value', 'write', 'written'],
  nodes: [{ address: 'cell', machine: cell }, ...WRITERS.map((address) => ({ address, machine: writer }))],
  faults: { 'message-delay': 1 },
  oracles: [noneLost],
  isOver: (view) => doneOf(view) === WRITERS.length,
  runMs: 1_000,
});
