// Processes that go along edges of their own, some of which ask for a value of a shared variable, or write one: places are where each is, then
// the variable.
import * as fc from 'fast-check';
import { isWanted, type TransitionSystem } from '../../../../../src/sim/search/explore/transition-system.ts';

/** Null: the variable does not matter, or is left as it is. */
export interface Edge {
  readonly process: number;
  readonly from: number;
  readonly to: number;
  readonly asks: number | null;
  readonly writes: number | null;
}

/** A transition is an edge. Where they begin differs from state to state: one order for all would hide what sleep sets have to do with a state that is reached again. */
export function processes(count: number, edges: readonly Edge[]): TransitionSystem {
  const shared = count;
  return {
    width: count + 1,
    begin: (next) => next.emit(),
    expand(state, next) {
      const first = state.reduce((sum, part, place) => sum + part * (2 * place + 1), 0);
      for (let at = 0; at < edges.length; at++) {
        const edge = (first + at) % edges.length;
        const { process, from, to, asks, writes } = edges[edge] as Edge;
        if (state[process] !== from || (asks !== null && state[shared] !== asks) || !isWanted(next, edge)) continue;
        next.set(process, to);
        if (writes !== null) next.set(shared, writes);
        next.emit();
      }
    },
    isIndependent(one, other) {
      const [left, right] = [edges[one] as Edge, edges[other] as Edge];
      if (left.process === right.process) return false;
      const isLeftApart = left.writes === null || (right.asks === null && right.writes === null);
      const isRightApart = right.writes === null || (left.asks === null && left.writes === null);
      return isLeftApart && isRightApart;
    },
  };
}

const PLACES = 3;
const VALUES = 2;

/** Edges lead round in cycles as often as on. */
export function edgesArbitrary(count: number): fc.Arbitrary<readonly Edge[]> {
  const place = fc.nat(PLACES - 1);
  const value = fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(VALUES - 1) });
  const edge = fc.record({ process: fc.nat(count - 1), from: place, to: place, asks: value, writes: value });
  return fc.array(edge, { minLength: 3, maxLength: 16, size: 'max' });
}
