// Simulated services as ports of real hosts: in memory, shared by all who are given a port, each request applied in a later turn.
import type { HostPort } from '../../src/net-real/host.ts';
import type { Caller, Completion, Service } from '../../src/sim/service.ts';

/** A port of any vocabulary: what a service answers, its requester understands. */
// oxlint-disable-next-line typescript/no-explicit-any -- as for services of a world
type AnyPort = HostPort<any>;
type Answer = (answer: { readonly kind: string }) => void;

export interface SharedService<S> {
  readonly state: S;
  /** For one process; its requests are known by this name. */
  readonly portOf: (node: string) => AnyPort;
}

// oxlint-disable-next-line typescript/no-explicit-any -- a service takes its own requests, and gives them to nobody else
export function shareService<S>(service: Service<S, any>): SharedService<S> {
  const state = service.create();
  const waiting = new Map<string, Answer>();
  const portOf = (node: string): AnyPort => {
    let requests = 0;
    const send = (request: { readonly kind: string }, onAnswer: Answer): void => {
      requests += 1;
      const caller = { node, incarnation: 1, request: requests };
      waiting.set(keyOf(caller), onAnswer);
      setImmediate(() => {
        for (const completion of service.apply(state, request, caller, 0)) answer(waiting, completion);
      });
    };
    return {
      serves: service.serves,
      request: (request) => new Promise((resolve) => send(request as { readonly kind: string }, resolve)),
      close: () => Promise.resolve(),
    };
  };
  return { state, portOf };
}

function answer(waiting: Map<string, Answer>, completion: Completion): void {
  const key = keyOf(completion.caller);
  waiting.get(key)?.(completion.answer);
  waiting.delete(key);
}

function keyOf({ node, request }: Caller): string {
  return `${node}/${request}`;
}
