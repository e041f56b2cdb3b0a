// The simulated services behind the ports of machines that a test drives by hand: a request is applied when the test says so, and at once.
import type { PortAnswer, PortFailed, PortRequest } from '../../src/core/protocol/ports.ts';
import { artifactService } from '../../src/sim/cluster/services/artifact.ts';
import { functionService } from '../../src/sim/cluster/services/functions.ts';
import { haService, type HaRequest } from '../../src/sim/cluster/services/ha.ts';
import { sinkService, type SinkRequest } from '../../src/sim/cluster/services/sink.ts';
import { sourceService } from '../../src/sim/cluster/services/source.ts';
import { storageService, type StorageRequest } from '../../src/sim/cluster/services/storage.ts';
import type { Topic } from '../../src/scenario/scenario.ts';
import type { Caller } from '../../src/sim/service.ts';

export type Answer = PortAnswer | PortFailed;

export interface Completed {
  readonly caller: Caller;
  readonly answer: Answer;
}

/** One of each, shared by all machines of a test. */
export class Services {
  readonly #ha = haService();
  readonly ha = this.#ha.create();
  readonly #storage = storageService();
  readonly storage = this.#storage.create();
  readonly #sink = sinkService(['out', 'others']);
  readonly sink = this.#sink.create();
  readonly #source;
  readonly #sourceState;
  /** Each gives its record back. */
  readonly #functions = functionService(({ value }) => ({ kind: 'returned', value, durationMs: 0 }));
  readonly #functionsState = this.#functions.create();
  readonly #artifact;
  readonly #artifactState;

  constructor(topics: Readonly<Record<string, Topic>>, artifacts: readonly string[]) {
    this.#source = sourceService(topics);
    this.#sourceState = this.#source.create();
    this.#artifact = artifactService(artifacts);
    this.#artifactState = this.#artifact.create();
  }

  /** Everything that completes by this request: a watch may not, a write may complete the watches of others. */
  apply(request: PortRequest, caller: Caller): readonly Completed[] {
    return this.#apply(request, caller) as readonly Completed[];
  }

  #apply(request: PortRequest, caller: Caller): readonly unknown[] {
    switch (request.kind) {
      case 'source-read':
        return this.#source.apply(this.#sourceState, request, caller, 0);
      case 'function-call':
        return this.#functions.apply(this.#functionsState, request, caller, 0);
      case 'artifact-load':
        return this.#artifact.apply(this.#artifactState, request, caller, 0);
      case 'storage-put':
      case 'storage-get':
      case 'storage-list':
      case 'storage-delete':
        return this.#storage.apply(this.storage, request satisfies StorageRequest, caller, 0);
      case 'sink-open':
      case 'sink-write':
      case 'sink-prepare':
      case 'sink-commit':
        return this.#sink.apply(this.sink, request satisfies SinkRequest, caller, 0);
      case 'ha-read':
      case 'ha-write':
      case 'ha-watch':
      case 'ha-renew':
      case 'ha-lease':
        return this.#ha.apply(this.ha, request satisfies HaRequest, caller, 0);
    }
  }

  /** Nobody waits any more for what this incarnation asked. */
  forget(node: string, incarnation: number): void {
    this.#ha.forget(this.ha, node, incarnation);
  }
}
