// Services that all nodes share, in the command's own process: each keeps one state, and applies one request at a time.
import type { AnyService } from '../../../sim/machines/scenario.ts';
import type { Caller, Completion } from '../../../sim/service.ts';
import type { ToNode } from './channel.ts';

/** Who waits for an answer: an incarnation of a node. */
export interface Asker extends Pick<Caller, 'node' | 'incarnation'> {
  send(message: ToNode): void;
}

export class SharedServices {
  readonly #states: ReadonlyMap<AnyService, unknown>;
  readonly #nowUs: () => number;
  readonly #askers = new Map<string, Asker>();

  constructor(services: readonly AnyService[], nowUs: () => number) {
    this.#states = new Map(services.map((service) => [service, service.create() as unknown]));
    this.#nowUs = nowUs;
  }

  ask(asker: Asker, id: number, request: { readonly kind: string }): void {
    const { node, incarnation } = asker;
    this.#askers.set(keyOf(asker), asker);
    for (const [service, state] of this.#states) {
      if (!(service.serves as readonly string[]).includes(request.kind)) continue;
      const completions = service.apply(state, request, { node, incarnation, request: id }, this.#nowUs());
      for (const completion of completions) this.#answer(completion);
    }
  }

  /** It is dead: nobody waits for its answers any more. */
  forget({ node, incarnation }: Pick<Caller, 'node' | 'incarnation'>): void {
    this.#askers.delete(keyOf({ node, incarnation }));
    for (const [service, state] of this.#states) service.forget(state, node, incarnation);
  }

  #answer({ caller, answer }: Completion): void {
    this.#askers.get(keyOf(caller))?.send({ kind: 'answer', id: caller.request, answer });
  }
}

function keyOf({ node, incarnation }: Pick<Caller, 'node' | 'incarnation'>): string {
  return `${incarnation}/${node}`;
}
