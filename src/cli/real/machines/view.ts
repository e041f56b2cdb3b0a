// Real processes as `isOver` and oracles see them: nodes with the states that they told. What a service holds nobody can look at.
import type { HostedMachine, NodeSpec } from '../../../sim/world-types.ts';
import type { NodeView, WorldView } from '../../../sim/observation.ts';
import type { TraceLine } from '../../../run/trace.ts';

type Change = Partial<Pick<NodeView, 'status' | 'incarnation' | 'state'>>;

export class RealView implements WorldView {
  now = 0;
  events = 0;
  readonly #nodes: Map<string, NodeView>;
  readonly #machines: ReadonlyMap<string, HostedMachine>;

  constructor(nodes: readonly NodeSpec[]) {
    this.#machines = new Map(nodes.map(({ address, machine }) => [address, machine]));
    this.#nodes = new Map(nodes.map(({ address, machine }) => [address, unborn(address, machine)]));
  }

  nodes(): readonly NodeView[] {
    return [...this.#nodes.values()];
  }

  node(address: string): NodeView | undefined {
    return this.#nodes.get(address);
  }

  service(name: string): never {
    throw new Error(`service "${name}" of real processes cannot be looked at: only states of nodes and what they note`);
  }

  set(address: string, change: Change): void {
    const known = this.#nodes.get(address);
    if (known !== undefined) this.#nodes.set(address, { ...known, ...change });
  }

  /** @param state behind this line; undefined: nobody heard of it. */
  follow(line: TraceLine, state: unknown): void {
    this.now = line.at;
    this.events += 1;
    if (line.kind === 'started') this.#start(line.node, line.incarnation);
    if (line.kind === 'stopped') this.set(line.node, { status: line.why === 'halt' ? 'halted' : 'down' });
    if (line.kind === 'stepped' && state !== undefined) this.set(line.node, { state });
  }

  #start(address: string, incarnation: number): void {
    this.set(address, { status: 'running', incarnation, state: this.#machines.get(address)?.create() });
  }
}

function unborn(address: string, machine: HostedMachine): NodeView {
  return {
    address,
    role: machine.role,
    status: 'down',
    isGone: false,
    incarnation: 0,
    state: machine.create() as unknown,
  };
}
