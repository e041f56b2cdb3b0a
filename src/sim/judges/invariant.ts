// An oracle of one sentence about all nodes at once: it must hold after everything that changes a state.
import type { Envelope } from '../../core/base/machine.ts';
import type { Observation, Oracle } from '../observation.ts';
import { seenNodes, type SeenNodes } from './seen-nodes.ts';

interface InvariantState {
  isBroken: boolean;
}

/**
 * Something that holds at every moment, over the states of all nodes. It is looked at after each step, each request that a service applied, and each
 * start and death of a process; the first time that it does not hold is a violation.
 *
 *     invariant<Replica>('one leader a term', ({ live }) => {
 *       const leaders = live.filter(({ state }) => state.role === 'leader');
 *       const terms = new Set(leaders.map(({ state }) => state.term));
 *       return terms.size < leaders.length ? `two lead: ${leaders.map(({ address }) => address).join(' and ')}` : null;
 *     })
 *
 * @param name of the oracle. @param check null if it holds; else one sentence that says how it does not. It must not change what it is shown.
 */
export function invariant<S = unknown>(
  name: string,
  check: (nodes: SeenNodes<S>) => string | null,
): Oracle<InvariantState> {
  return {
    name,
    create: () => ({ isBroken: false }),
    observe(state, seen, view, violate) {
      if (state.isBroken || !changesStates(seen)) return;
      const text = check(seenNodes<S>(view));
      if (text === null) return;
      state.isBroken = true;
      violate('does-not-hold', text, [describeCause(seen)]);
    },
    finish: () => {},
  };
}

type Change = Extract<Observation, { readonly kind: 'stepped' | 'applied' | 'started' | 'stopped' | 'torn' }>;

function changesStates(seen: Observation): seen is Change {
  const { kind } = seen;
  return kind === 'stepped' || kind === 'applied' || kind === 'started' || kind === 'stopped' || kind === 'torn';
}

function describeCause(seen: Change): string {
  switch (seen.kind) {
    case 'stepped': {
      const { input } = seen;
      const message = input.kind === 'message' ? (input.message as Envelope) : null;
      const what = message === null ? input.kind : `${message.kind} from ${message.from}`;
      return `it held before ${seen.node} took ${what}`;
    }
    case 'applied':
      return `it held before ${seen.request.kind} of ${seen.node} was applied`;
    case 'started':
      return `it held before ${seen.node} started`;
    case 'stopped':
      return `it held before ${seen.node} ended`;
    case 'torn':
      return `it held before the ${seen.service} service of ${seen.node} lost what was not durable`;
  }
}
