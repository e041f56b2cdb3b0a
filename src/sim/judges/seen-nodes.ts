// What a ready oracle shows of the world to the user's own function: all nodes with their states, to be read and never changed.
import type { Address } from '../../core/base/machine.ts';
import type { NodeView, TimeUs, WorldView } from '../observation.ts';

/** A node with a state of type `S`. The state of a dead process is that in which it died, until it starts again. */
export interface SeenNode<S = unknown> extends NodeView {
  readonly state: S;
}

/** All nodes of a world at one moment. `S` is what their states are; a union, where nodes differ: `role` tells them apart. */
export interface SeenNodes<S = unknown> {
  /** In the order in which the world has them. */
  readonly all: readonly SeenNode<S>[];
  /** Those whose process lives: it runs, or is paused. */
  readonly live: readonly SeenNode<S>[];
  /** World time. */
  readonly now: TimeUs;
  /** The node at an address; throws if there is none. */
  readonly at: (address: Address) => SeenNode<S>;
  /** State of a service by its name. */
  readonly service: (name: string) => unknown;
}

/** One for each view: it is asked for at every step of a run. */
const known = new WeakMap<WorldView, SeenNodes>();

export function seenNodes<S>(view: WorldView): SeenNodes<S> {
  const seen = known.get(view) ?? see(view);
  known.set(view, seen);
  return seen as SeenNodes<S>;
}

function see(view: WorldView): SeenNodes {
  return {
    get all() {
      return view.nodes();
    },
    get live() {
      return view.nodes().filter(({ status }) => status === 'running' || status === 'paused');
    },
    get now() {
      return view.now;
    },
    at(address) {
      const node = view.node(address);
      if (node === undefined) throw new Error(`there is no node at address ${address}`);
      return node;
    },
    service: (name) => view.service(name),
  };
}
