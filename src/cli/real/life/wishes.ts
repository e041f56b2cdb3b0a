// What is wanted of each job of a life: one wish after the other, each by clients of its own until one is done, as a job that restarts refuses them.
import type { ClientRequest } from '../../../core/client/client.ts';
import type { ClientView } from '../client-plans.ts';
import type { RealCluster } from '../cluster.ts';
import { isGloballyTerminal } from '../../../core/protocol/states.ts';

export type Wish = Extract<ClientRequest['kind'], 'savepoint' | 'dispose' | 'rescale' | 'stop'>;

export interface WishDone {
  readonly jobId: string;
  readonly wants: Wish;
  readonly view: ClientView;
  /** Clients that it took. */
  readonly tries: number;
}

interface Open {
  readonly jobId: string;
  readonly wants: Wish;
  /** @param number of the try, over all wishes: names of savepoints are made of it */
  readonly requestOf: (number: number) => ClientRequest;
  tries: number;
  /** Null: the next one begins at `againAtMs`. */
  client: string | null;
  againAtMs: number;
}

const AGAIN_MS = 500;

export class Wishes {
  readonly #cluster: RealCluster;
  /** By job, the first one of each at work. */
  readonly #open = new Map<string, Open[]>();
  readonly #done: WishDone[] = [];
  readonly #leaving: Promise<void>[] = [];
  #clients = 0;

  constructor(cluster: RealCluster) {
    this.#cluster = cluster;
  }

  add(jobId: string, wants: Wish, requestOf: Open['requestOf']): void {
    const wishes = this.#open.get(jobId) ?? [];
    wishes.push({ jobId, wants, requestOf, tries: 0, client: null, againAtMs: 0 });
    this.#open.set(jobId, wishes);
  }

  done(): readonly WishDone[] {
    return this.#done;
  }

  /** None waits. */
  isIdle(): boolean {
    return [...this.#open.values()].every((wishes) => wishes.length === 0);
  }

  /** What nobody has been told done yet is wanted no more. */
  giveUp(): void {
    for (const wishes of this.#open.values()) wishes.splice(wishes[0]?.client === null ? 0 : 1);
  }

  look(nowMs: number, onDone: (done: WishDone) => void): void {
    for (const wishes of this.#open.values()) {
      const [wish] = wishes;
      if (wish === undefined) continue;
      if (wish.client === null) this.#begin(wish, nowMs);
      else this.#lookAt(wish, wishes, nowMs, onDone);
    }
  }

  #begin(wish: Open, nowMs: number): void {
    if (nowMs < wish.againAtMs) return;
    this.#clients += 1;
    wish.tries += 1;
    wish.client = `wish-${this.#clients}`;
    const { jobId, wants } = wish;
    const request = wish.requestOf(this.#clients);
    this.#cluster.ask({ address: wish.client, wants, jobId, requests: [request], beginsAtMs: 0 });
  }

  #lookAt(wish: Open, wishes: Open[], nowMs: number, onDone: (done: WishDone) => void): void {
    const { jobId, wants, tries, client } = wish;
    const view = this.#cluster.clients().find(({ address }) => address === client);
    if (view === undefined || view.result === null) return;
    this.#leaving.push(this.#cluster.dismiss(view.address));
    if (isDone(wants, view)) {
      const done = { jobId, wants, view, tries };
      wishes.shift();
      this.#done.push(done);
      onDone(done);
      return;
    }
    wish.client = null;
    wish.againAtMs = nowMs + AGAIN_MS;
  }

  /** Clients that were answered are gone. */
  async settle(): Promise<void> {
    await Promise.all(this.#leaving);
  }
}

export function isDone(wants: Wish, { result }: Pick<ClientView, 'result'>): boolean {
  switch (wants) {
    case 'savepoint':
      return result?.kind === 'savepoint' && result.status === 'COMPLETED';
    case 'stop':
      return result?.kind === 'job' && result.status !== 'UNKNOWN' && isGloballyTerminal(result.status);
    default:
      return result !== null && result.kind !== 'refused';
  }
}
