// What small guests are put together from: nodes by tables of what they do, and an oracle that hears in which order words were said.
import type { Oracle, WorldView } from '../../../../../src/sim/observation.ts';
import type { NodeSpec } from '../../../../../src/sim/world-types.ts';
import { tableMachine, type Action, type TableState } from './table-machine.ts';

type Rules = Readonly<Record<string, readonly Action[]>>;

/** What a node does at an input, as `kind` or `kind/mode`. */
export function node(address: string, rules: Rules, more: Partial<NodeSpec> = {}): NodeSpec {
  const table = Object.entries(rules).map(([key, actions]) => {
    const [on = '', mode] = key.split('/');
    return { on, mode: mode === undefined ? null : Number(mode), actions };
  });
  const machine = tableMachine('table', { rules: table, actsMax: 6, firstTimerMs: null });
  return { address, machine, ...more };
}

export const send = (kind: 'm0' | 'm1' | 'm2', to: string): Action => ({ do: 'send', kind, to, isData: false });
export const note = (word: number): Action => ({ do: 'note', word });
export const mode = (to: number): Action => ({ do: 'mode', mode: to });

/** Word 1 must not be said after word 2. */
export const wordOrder: Oracle<{ isLate: boolean }> = {
  name: 'word order',
  create: () => ({ isLate: false }),
  observe(state, seen, _, violate) {
    if (seen.kind !== 'stepped') return;
    for (const effect of seen.effects) {
      const word = effect.effect === 'note' ? (effect.note as unknown as { readonly word: number }).word : 0;
      if (word === 1 && state.isLate) violate('order', 'the first word came last', []);
      if (word === 2) state.isLate = true;
    }
  },
  finish: () => {},
};

export function stateOf(view: WorldView, address: string): TableState {
  return view.node(address)?.state as TableState;
}
