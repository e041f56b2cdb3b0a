// Oracles of drawn guests: each sees facts, of states, of histories, of services, of time, of ends. What it objects to is one fact.
import { invariant } from '../../../../../src/sim/judges/invariant.ts';
import type { AnyOracle } from '../../../../../src/sim/machines/scenario.ts';
import type { Observation, Oracle, WorldView } from '../../../../../src/sim/observation.ts';
import type { KeyValueState } from '../../../../../src/sim/services/key-value-store.ts';
import type { Draw } from './random-walk.ts';
import type { TableState } from './table-machine.ts';

/** What is said against a fact; null: nothing. */
export type Tell = (fact: string) => string | null;

export interface DrawnOracle {
  readonly name: string;
  /** @param tell the same answer to the same fact, always */
  readonly make: (tell: Tell) => AnyOracle;
}

/** Always the same kinds, about nodes, modes and words that are drawn. */
export function drawOracles(draw: Draw, addresses: readonly string[]): readonly DrawnOracle[] {
  const one = oneOf(draw, addresses);
  const other = oneOf(
    draw,
    addresses.filter((address) => address !== one),
  );
  const [mode, often] = [draw(3), draw(3)];
  return [
    { name: 'sum', make: sumOf },
    { name: 'not both', make: (tell) => notBoth({ one, other, mode }, tell) },
    { name: 'word order', make: (tell) => wordOrder({ one, other }, tell) },
    { name: 'again', make: (tell) => again(other, often, tell) },
    { name: 'late word', make: (tell) => lateWord(one, tell) },
    { name: 'revisions', make: (tell) => revisions(one, tell) },
    { name: 'who wrote', make: (tell) => whoWrote(one, tell) },
    { name: 'last count', make: (tell) => lastCount(other, tell) },
  ];
}

function oneOf<T>(draw: Draw, values: readonly T[]): T {
  return values[draw(values.length)] as T;
}

export function stateOf(view: WorldView, address: string): TableState {
  return view.node(address)?.state as TableState;
}

/** The numbers of words that a node says in a step. */
function wordsOf(seen: Observation): readonly number[] {
  if (seen.kind !== 'stepped') return [];
  return seen.effects.flatMap((effect) =>
    effect.effect === 'note' ? [(effect.note as unknown as { readonly word: number }).word] : [],
  );
}

/** How far all that live counted together. */
function sumOf(tell: Tell): AnyOracle {
  return invariant<TableState>('sum', ({ live }) => tell(`${live.reduce((sum, { state }) => sum + state.count, 0)}`));
}

/** The mode of a node while another is in one. */
function notBoth(
  { one, other, mode }: { readonly one: string; readonly other: string; readonly mode: number },
  tell: Tell,
): AnyOracle {
  return invariant<TableState>('not both', ({ at }) =>
    at(one).state.mode === mode ? tell(`${at(other).state.mode}`) : null,
  );
}

/** What a node says, and what another has said until then. */
function wordOrder(
  { one, other }: { readonly one: string; readonly other: string },
  tell: Tell,
): Oracle<{ said: number }> {
  return {
    name: 'word order',
    create: () => ({ said: 0 }),
    observe(state, seen, _, violate) {
      if (seen.kind !== 'stepped') return;
      for (const word of wordsOf(seen)) {
        const wrong = seen.node === other ? tell(`${word} after ${state.said}`) : null;
        if (wrong !== null) violate('order', wrong, []);
        if (seen.node === one) state.said |= 1 << word;
      }
    },
    finish: () => {},
  };
}

/** How often a node says a word. */
function again(address: string, often: number, tell: Tell): Oracle<{ times: number }> {
  return {
    name: 'again',
    create: () => ({ times: 0 }),
    observe(state, seen, _, violate) {
      if (seen.kind !== 'stepped' || seen.node !== address) return;
      for (const word of wordsOf(seen)) if (word === often) state.times += 1;
      const wrong = tell(`${state.times}`);
      if (wrong !== null) violate('again', wrong, []);
    },
    finish: () => {},
  };
}

/** What a node says, and when. */
function lateWord(address: string, tell: Tell): Oracle<null> {
  return {
    name: 'late word',
    create: () => null,
    observe(_, seen, view, violate) {
      if (seen.kind !== 'stepped' || seen.node !== address) return;
      for (const word of wordsOf(seen)) {
        const wrong = tell(`${word} at ${view.now}`);
        if (wrong !== null) violate('late', wrong, []);
      }
    },
    finish: () => {},
  };
}

/** The revision of the store, and the mode of a node. */
function revisions(address: string, tell: Tell): Oracle<null> {
  return {
    name: 'revisions',
    create: () => null,
    observe(_, seen, view, violate) {
      if (seen.kind !== 'applied') return;
      const { revision } = view.service('kv') as KeyValueState;
      const wrong = tell(`${revision} and ${stateOf(view, address).mode}`);
      if (wrong !== null) violate('revision', wrong, []);
    },
    finish: () => {},
  };
}

/** In which modes a node has been where another node did something. */
function whoWrote(address: string, tell: Tell): Oracle<{ modes: number }> {
  return {
    name: 'who wrote',
    create: () => ({ modes: 0 }),
    observe(state, seen, view, violate) {
      if (seen.kind !== 'stepped' || seen.node === address || seen.input.kind !== 'message') return;
      state.modes |= 1 << stateOf(view, address).mode;
      const wrong = tell(`${state.modes}`);
      if (wrong !== null) violate('modes', wrong, []);
    },
    finish: () => {},
  };
}

/** How far a node counted in the end. */
function lastCount(address: string, tell: Tell): Oracle<null> {
  return {
    name: 'last count',
    create: () => null,
    observe: () => {},
    finish(_, view, violate) {
      const wrong = tell(`${stateOf(view, address).count}`);
      if (wrong !== null) violate('count', wrong, []);
    },
  };
}

/** Never objects, but remembers the order of the last two words. */
export const lastWords: Oracle<{ words: string[] }> = {
  name: 'last words',
  create: () => ({ words: [] }),
  observe(state, seen) {
    if (seen.kind === 'stepped')
      for (const word of wordsOf(seen)) state.words = [...state.words, `${seen.node}${word}`].slice(-2);
  },
  finish: () => {},
};
