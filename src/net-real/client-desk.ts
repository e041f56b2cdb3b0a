// Clients in the process of a JobManager, each a machine of its own for one request, at an extension of the station (switchboard.ts). Whether the JobManager
// beside them leads makes no difference to them. All share one watch of the leader key.
import { assert } from '../core/base/assert.ts';
import { client, type ClientRequest, type ClientResult, type ClientState } from '../core/client/client.ts';
import type { ClusterOptions } from '../core/protocol/cluster-options.ts';
import { LEADER_KEY } from '../core/protocol/ha-keys.ts';
import type { HaEntry, PortAnswer, PortFailed, PortRequest } from '../core/protocol/ports.ts';
import { startHost, type Host } from './host.ts';
import type { Port } from './port.ts';
import type { Switchboard } from './switchboard.ts';

/** `accepted`: the wish is durable, and the client has left. `result`: as its client has it. `unanswered`: nothing is known. */
export type Asked =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'result'; readonly result: ClientResult }
  | { readonly kind: 'unanswered'; readonly waitedMs: number };

/** `accepted`: a wish that is durable is enough; `result`: what became of it is wanted. */
export type AskUntil = 'accepted' | 'result';

export interface DeskOptions {
  readonly board: Switchboard;
  /** The HA service. It is not closed by the desk. */
  readonly ha: Port;
  readonly options: ClusterOptions;
}

/** More at a time are not begun: whoever asks hears that it was not answered. */
const CLIENTS_MAX = 1_024;

export class ClientDesk {
  readonly #options: DeskOptions;
  readonly #leader: LeaderNews;
  readonly #clients = new Set<() => void>();
  #numbered = 0;
  #isClosed = false;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#leader = new LeaderNews(options.ha, options.options.requestRetryMs);
  }

  /** Asks until there is an answer, or so much time has passed. */
  ask(request: ClientRequest, until: AskUntil, timeoutMs: number): Promise<Asked> {
    if (this.#isClosed || this.#clients.size >= CLIENTS_MAX)
      return Promise.resolve({ kind: 'unanswered', waitedMs: 0 });
    const { promise, resolve, reject } = Promise.withResolvers<Asked>();
    const begunAt = performance.now();
    const port = this.#leader.port();
    let host: Host<ClientState> | null = null;
    const leave = (): void => {
      clearTimeout(timer);
      this.#clients.delete(giveUp);
      void host?.stop();
    };
    const giveUp = (): void => {
      leave();
      resolve({ kind: 'unanswered', waitedMs: Math.round(performance.now() - begunAt) });
    };
    const look = (): void => {
      const { phase, result } = (host as Host<ClientState>).state();
      if (phase === 'ASKING' || (phase === 'WAITING' && until === 'result')) return;
      leave();
      resolve(result === null ? { kind: 'accepted' } : { kind: 'result', result });
    };
    const timer = setTimeout(giveUp, timeoutMs);
    this.#clients.add(giveUp);
    host = this.#start(request, port, look);
    host.halted.catch((error: unknown) => {
      leave();
      reject(error);
    });
    return promise;
  }

  #start(request: ClientRequest, port: Port, onStep: () => void): Host<ClientState> {
    const { board, options } = this.#options;
    const network = board.extension(`client-${++this.#numbered}`);
    const machine = client({ address: network.address, options, request });
    return startHost({ machine, network, ports: [port], incarnation: 1, onStep });
  }

  /** Whoever still waits is not answered. */
  close(): void {
    this.#isClosed = true;
    for (const giveUp of Array.from(this.#clients)) giveUp();
    this.#leader.close();
  }
}

/** The leader key as it was seen last: one watch for all clients, however many come and go. */
class LeaderNews {
  readonly #ha: Port;
  readonly #retryMs: number;
  readonly #waiting = new Set<() => void>();
  #entry: HaEntry | null = null;
  #revision = 0;
  #isWatching = false;
  #retry: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(ha: Port, retryMs: number) {
    this.#ha = ha;
    this.#retryMs = retryMs;
  }

  /** Of one client, which asks for the leader key alone. */
  port(): Port {
    const waits = new Set<() => void>();
    return {
      serves: ['ha-watch', 'ha-read'],
      request: (request) => this.#request(request, waits),
      close: async () => {
        for (const look of waits) this.#waiting.delete(look);
      },
    };
  }

  #request(request: PortRequest, waits: Set<() => void>): Promise<PortAnswer | PortFailed> {
    if (request.kind !== 'ha-watch') return this.#ha.request(request);
    assert(request.key === LEADER_KEY, 'a client watches the leader key alone');
    this.#watch();
    const { afterRevision } = request;
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#revision <= afterRevision) return;
        this.#waiting.delete(look);
        waits.delete(look);
        resolve({ kind: 'ha-changed', entry: this.#entry, revision: this.#revision });
      };
      this.#waiting.add(look);
      waits.add(look);
      look();
    });
  }

  /** From the first client on, and from then on without end. */
  #watch(): void {
    if (this.#isWatching || this.#isClosed) return;
    this.#isWatching = true;
    void this.#ha
      .request({ kind: 'ha-watch', key: LEADER_KEY, afterRevision: this.#revision })
      .then((answer) => this.#onAnswer(answer));
  }

  #onAnswer(answer: PortAnswer | PortFailed): void {
    this.#isWatching = false;
    if (answer.kind !== 'ha-changed') {
      if (!this.#isClosed) this.#retry = setTimeout(() => this.#watch(), this.#retryMs);
      return;
    }
    this.#revision = answer.revision;
    this.#entry = answer.entry;
    for (const look of Array.from(this.#waiting)) look();
    this.#watch();
  }

  close(): void {
    this.#isClosed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
  }
}
