// Asks a service by itself, without a world: each call is applied at once.
import type { Service } from '../../../src/sim/service.ts';

export interface Lab<S, Q> {
  readonly state: S;
  /** The answer to the request, then those to others that completed by it. */
  readonly ask: (request: Q, node?: string, now?: number) => readonly unknown[];
  /** Kills a node. Its questions are answered from the list, then with 0. @returns the questions. */
  readonly crash: (node: string, answers?: readonly number[]) => readonly string[];
}

export function labOf<S, Q extends { readonly kind: string }>(service: Service<S, Q>): Lab<S, Q> {
  const state = service.create();
  let requests = 0;
  return {
    state,
    ask(request, node = 'a', now = 0) {
      requests += 1;
      return service
        .apply(state, request, { node, incarnation: 1, request: requests }, now)
        .map(({ answer }) => answer);
    },
    crash(node, answers = []) {
      const asked: string[] = [];
      service.onCrash?.(state, node, (question, n) => {
        asked.push(`${question} of ${n}`);
        return Math.min(answers[asked.length - 1] ?? 0, n - 1);
      });
      return asked;
    },
  };
}
