// Connections of whoever has not proven that it belongs to the cluster. They are bounded in number and in time, and cost few lines of the log, however
// many hosts they come from. What each may send is bounded by its decoder.
import type { Socket } from 'node:net';
import { LOOKS, Silence } from './keepalive.ts';
import { quietly, type Complain } from './quiet-log.ts';

/** Hosts whose lines are told apart, in the time of `HOSTS_MS`: what others do is counted in one line for all of them. */
const HOSTS_MAX = 16;
const HOSTS_MS = 10_000;

const ANY_HOST = 'strangers';

/** As in `NetworkLimits`. */
export interface StrangerLimits {
  readonly helloMs: number;
  readonly strangersMax: number;
}

export class Strangers {
  readonly #max: number;
  /** Oldest first. */
  readonly #open = new Map<Socket, Silence>();
  readonly #log: Complain;
  readonly #looks: NodeJS.Timeout;
  #hosts = new Set<string>();
  #hostsSince = 0;

  constructor({ helloMs, strangersMax }: StrangerLimits, log: (line: string) => void) {
    this.#max = strangersMax;
    this.#log = quietly(log);
    this.#looks = setInterval(() => this.#dropSilent(), helloMs / LOOKS);
    this.#looks.unref();
  }

  /** It is one until `forget`, or until it ends. */
  add(socket: Socket): void {
    const [oldest] = this.#open.keys();
    if (this.#open.size >= this.#max && oldest !== undefined)
      this.drop(oldest, `it has not said who it is, and there are more than ${this.#max} such connections`);
    this.#open.set(socket, new Silence());
    socket.on('error', () => {}); // `close` follows
    socket.once('close', () => this.forget(socket));
  }

  forget(socket: Socket): void {
    this.#open.delete(socket);
  }

  has(socket: Socket): boolean {
    return this.#open.has(socket);
  }

  drop(socket: Socket, reason: string): void {
    const { host, remote } = placeOf(socket);
    this.forget(socket);
    this.complain(host, 'dropped', `dropped ${remote}: ${reason}`);
    socket.destroy(new Error(reason)); // errored: its end needs no line of its own
  }

  /** @param what the same for all lines of which one is enough */
  complain(host: string, what: string, line: string): void {
    this.#log(`${this.#isToldApart(host) ? host : ANY_HOST} ${what}`, line);
  }

  close(): void {
    clearInterval(this.#looks);
    for (const socket of this.#open.keys()) socket.destroy();
    this.#open.clear();
  }

  #dropSilent(): void {
    for (const [socket, silence] of this.#open) if (silence.isTooLong()) this.drop(socket, 'it says no hello');
  }

  #isToldApart(host: string): boolean {
    const now = performance.now();
    if (now - this.#hostsSince > HOSTS_MS) {
      this.#hosts = new Set();
      this.#hostsSince = now;
    }
    if (this.#hosts.size < HOSTS_MAX) this.#hosts.add(host);
    return this.#hosts.has(host);
  }
}

/** Of a socket that ended before anybody asked. */
export const NOWHERE = '?';

/** While the socket is open, and behind that as it was. */
export function placeOf({ remoteAddress, remotePort }: Socket): { readonly host: string; readonly remote: string } {
  const host = remoteAddress ?? NOWHERE;
  return { host, remote: `${host}:${remotePort ?? NOWHERE}` };
}
