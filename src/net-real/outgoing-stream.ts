// The sending side of one stream: to one address, in one class. The first send opens a connection; when that breaks, what it had not delivered
// is lost, the host is told, and the next send opens a new one.
import type { Socket } from 'node:net';
import type { Address, StreamClass } from '../core/base/vocabulary.ts';
import { parseEndpoint } from './endpoint.ts';
import { FrameQueue, frameSize } from './frames.ts';
import { OpenerGreeting } from './greeting.ts';
import { EMPTY_FRAME, Silence } from './keepalive.ts';
import type { Endpoints } from './network.ts';
import { withAdvice } from './other-version.ts';
import { exposureOf } from './transport.ts';

export interface StreamTarget {
  readonly peer: Address;
  readonly streamClass: StreamClass;
}

/** The system may give a connection to a port of this host that very port: if nobody listens there, it ends in itself, and lives on. */
export function isWithItself({ localAddress, localPort, remoteAddress, remotePort }: Socket): boolean {
  return localPort === remotePort && localAddress === remoteAddress;
}

/** So much is written without waiting for the end of the turn. */
const FLUSH_BYTES = 65_536;

/** Frames of data of this size are batches, and may wait for each other; shorter ones are news: of credit, a barrier, records that waited long enough. */
const BATCH_BYTES_MIN = 2_048;
/**
 * For so much, and for so long: a write costs its sender as much as hundreds of records do, and its receiver again. As many as the credit of a channel
 * is by default are enough, so that a producer without credit seldom waits for what it holds back itself.
 */
const HELD_BYTES_MAX = 4 * BATCH_BYTES_MIN;
const HELD_MS_MAX = 2;

/** A peer that cannot be reached for so long is told: one that is being started again is back before. */
const UNREACHED_MS = 2_000;
/** And again after so long. */
const UNREACHED_AGAIN_MS = 60_000;

/** An attempt counts as failed if its connection did not live so long, or nothing was heard on it. */
const SETTLED_MS = 1_000;

export class OutgoingStream {
  readonly #target: StreamTarget;
  readonly #ends: Endpoints;
  readonly #onLost: (target: StreamTarget) => void;
  #socket: Socket | null = null;
  /** Not written yet: of this turn, or since before there was a connection. */
  readonly #frames = new FrameQueue();
  /** Since when the first of them waits, on the clock of `performance`. */
  #waitsSince = 0;
  /** All of them are batches. */
  #areBatches = true;
  /** Streams so far. */
  #opened = 0;
  #attemptAt = Number.NEGATIVE_INFINITY;
  #spacingMs = 0;
  #retry: NodeJS.Timeout | null = null;
  #isClosed = false;
  /** It is closed as soon as the other end has proven itself, and was told what was sent. */
  #isEnding = false;
  /** Since when no attempt reached it, how many there were, and why the last one did not; null: it was reached. */
  #unreached: { readonly since: number; attempts: number; why: string; toldAt: number } | null = null;
  readonly #silence = new Silence();
  /** While the other end of this connection has not proven itself; nothing but the hello is sent before. */
  #greeting: OpenerGreeting | null = null;
  /** The other end has taken this stream for one of a peer: it said so. */
  #isHeard = false;
  /** Why the other end of this connection is none of the cluster; empty: nothing speaks against it. */
  #objection = '';

  constructor(target: StreamTarget, ends: Endpoints, onLost: (target: StreamTarget) => void) {
    this.#target = target;
    this.#ends = ends;
    this.#onLost = onLost;
  }

  /** Something waits for `flush`. */
  get isDirty(): boolean {
    return this.#frames.sizeBytes > 0;
  }

  /** Copies the content. Between the break and its notice, what is sent is lost, as it would be in the world. */
  send(content: Uint8Array): void {
    if (this.#isClosed || this.#socket?.destroyed === true) return;
    const { frameBytesMax, unsentBytesMax } = this.#ends.limits;
    if (content.length > frameBytesMax)
      return this.#break(`a message of ${content.length} bytes is too long, ${frameBytesMax} are allowed`);
    if (!this.isDirty) this.#beginWait();
    if (content.length < BATCH_BYTES_MIN) this.#areBatches = false;
    this.#frames.add(content);
    this.#ends.traffic.sent[this.#target.streamClass] += frameSize(content);
    const unsentBytes = this.#frames.sizeBytes + (this.#socket?.writableLength ?? 0);
    if (unsentBytes > unsentBytesMax) return this.#break(`${unsentBytes} bytes wait for it`);
    if (this.#socket === null) this.#openSoon();
    else if (this.#frames.sizeBytes >= FLUSH_BYTES) this.flush();
  }

  #beginWait(): void {
    this.#waitsSince = performance.now();
    this.#areBatches = this.#target.streamClass === 'data';
  }

  /** Whether what waits gains by company, and costs nobody much by waiting for it. */
  mayWait(now: number): boolean {
    return this.#areBatches && this.#frames.sizeBytes < HELD_BYTES_MAX && now - this.#waitsSince < HELD_MS_MAX;
  }

  /** Writes what was sent so far. */
  flush(): void {
    if (this.#socket === null || this.#greeting !== null || !this.isDirty) return;
    if (this.#socket.destroyed) this.#forget();
    else this.#frames.writeTo(this.#socket);
  }

  /** Says that this end lives, and gives a stream up whose other end has not done so for too long. */
  look(): void {
    const socket = this.#socket;
    if (socket === null || socket.connecting || socket.destroyed) return;
    if (this.#silence.isTooLong())
      return this.#break(`nothing was heard of it for more than ${this.#ends.limits.streamSilenceMs} ms`);
    if (socket.writableLength === 0 && this.#greeting === null) socket.write(EMPTY_FRAME);
  }

  /** What was sent leaves, if there is a connection that takes it within `closeMs`. */
  close(): Promise<void> {
    const socket = this.#socket;
    const isWaiting = this.#greeting !== null && this.isDirty;
    if (isWaiting) this.#isEnding = true;
    else this.flush();
    this.#stop();
    if (socket === null || socket.closed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => socket.destroy(), this.#ends.limits.closeMs);
      socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      if (!isWaiting) socket.end(); // and not destroyed: while a sign of life lies unread, that would be a reset, which takes with it what was not read there
    });
  }

  destroy(): void {
    this.#stop();
    this.#socket?.destroy();
  }

  #stop(): void {
    this.#isClosed = true;
    if (!this.#isEnding) this.#forget();
    if (this.#retry !== null) clearTimeout(this.#retry);
  }

  #forget(): void {
    this.#frames.clear();
  }

  // ---- Opening

  /** Attempts keep a distance: a peer that is gone, or refuses, is not asked again with every message. */
  #openSoon(): void {
    if (this.#retry !== null) return;
    const waitMs = this.#attemptAt + this.#spacingMs - performance.now();
    if (waitMs <= 0) return this.#open();
    this.#retry = setTimeout(() => this.#open(), waitMs);
  }

  #open(): void {
    this.#retry = null;
    this.#opened += 1;
    this.#attemptAt = performance.now();
    const { peer } = this.#target;
    const endpoint = parseEndpoint(peer);
    if (!endpoint.ok) return this.#break(endpoint.reason);
    const { transport, isInsecure } = this.#ends;
    const exposure = transport.isSafe || isInsecure ? null : exposureOf(peer);
    if (exposure !== null) return this.#giveUp(exposure);
    const socket = transport.connect(endpoint.value);
    this.#socket = socket;
    this.#isHeard = false;
    this.#objection = '';
    this.#greeting = new OpenerGreeting(this.#ends.secret, { ...this.#hello(), stream: this.#opened });
    this.#silence.end();
    let why = ''; // `close` follows, and says all that a machine is told
    socket.on('error', (error) => (why = transport.describe(error)));
    socket.on('close', () => {
      if (!this.#isHeard) this.#onUnreached(this.#objection || why);
      this.#onClose();
    });
    this.#giveUpUnconnected(socket, () => (why = `no answer for ${this.#ends.limits.connectMs} ms`));
    socket.on('connect', () => {
      if (!isWithItself(socket)) return;
      if (transport.isSafe) socket.destroy();
      else socket.resetAndDestroy(); // a plain end would keep the peer's port for a minute
      this.#break('nobody listens there, and the system connected it with itself');
    });
    socket.on('data', (chunk) => this.#onChunk(socket, chunk as Buffer)); // never text: no encoding was set
    socket.write(this.#greeting.first());
  }

  /** Quietly, as a peer that is not there. */
  #giveUp(why: string): void {
    this.#onUnreached(why);
    this.#forget();
    this.#retry = setTimeout(() => this.#onClose(), 0); // in a later turn, as that of a connection
  }

  /** The answer to the hello; behind it, signs of life alone. */
  #onChunk(socket: Socket, chunk: Uint8Array): void {
    if (this.#greeting === null) return this.#onHeard();
    if (this.#objection !== '') return;
    const reply = this.#greeting.onChunk(chunk, this.#ends.transport.channelOf(socket));
    if (reply === null || socket.destroyed) return;
    if (!reply.ok) return this.#refuse(socket, `it is no peer: ${withAdvice(reply.reason)}`);
    this.#silence.end();
    socket.write(reply.value.bytes);
    if (reply.value.objection !== null) return this.#refuse(socket, reply.value.objection);
    this.#greeting = null;
    this.flush();
    if (this.#isEnding) socket.end();
  }

  /** The other end, which learns of it by what was said. */
  #refuse(socket: Socket, objection: string): void {
    this.#objection = objection;
    this.#forget();
    socket.destroySoon();
  }

  /** Quietly, as a connection that is refused: what was to be sent is lost, of which the host is told. */
  #giveUpUnconnected(socket: Socket, onGivenUp: () => void): void {
    const judge = (): void => {
      if (!socket.connecting) return;
      onGivenUp();
      socket.destroy();
    };
    const timer = setTimeout(() => setImmediate(judge), this.#ends.limits.connectMs); // who was stopped itself looks at its sockets first
    socket.once('connect', () => clearTimeout(timer));
    socket.once('close', () => clearTimeout(timer));
  }

  #onHeard(): void {
    this.#isHeard = true;
    if (this.#unreached !== null) this.#onReached(this.#unreached);
    this.#silence.end();
  }

  #hello() {
    const { cluster, address, incarnation } = this.#ends;
    const { peer, streamClass } = this.#target;
    return { cluster, from: address, to: peer, incarnation, streamClass };
  }

  // ---- Peers that cannot be reached

  /** `why` empty: it took the connection, and closed it without a word. */
  #onUnreached(why: string): void {
    if (this.#isClosed) return;
    const now = performance.now();
    this.#unreached ??= { since: this.#attemptAt, attempts: 0, why: '', toldAt: Number.NEGATIVE_INFINITY };
    const unreached = this.#unreached;
    unreached.attempts += 1;
    unreached.why = why === '' ? 'it closed the connection without a word: if it lives, its log says why' : why;
    if (now - unreached.since < UNREACHED_MS || now - unreached.toldAt < UNREACHED_AGAIN_MS) return;
    unreached.toldAt = now;
    const { peer, streamClass } = this.#target;
    const seconds = ((now - unreached.since) / 1_000).toFixed(1);
    this.#ends.log(
      `${peer} cannot be reached: ${unreached.why}; tried ${unreached.attempts} times in ${seconds} s (${streamClass} stream)`,
    );
  }

  #onReached({ since, toldAt }: { readonly since: number; readonly toldAt: number }): void {
    this.#unreached = null;
    if (toldAt === Number.NEGATIVE_INFINITY) return;
    const seconds = ((performance.now() - since) / 1_000).toFixed(1);
    const { peer, streamClass } = this.#target;
    this.#ends.log(`${peer} is reached again after ${seconds} s (${streamClass} stream)`);
  }

  // ---- Breaking

  #break(reason: string): void {
    this.#ends.log(`broke the ${this.#target.streamClass} stream to ${this.#target.peer}: ${reason}`);
    this.#forget();
    if (this.#socket !== null) return void this.#socket.destroy();
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#onClose(), 0); // in a later turn, as that of a connection
  }

  #onClose(): void {
    this.#socket = null;
    this.#retry = null;
    this.#forget();
    const { reopenMs, reopenMsMax } = this.#ends.limits;
    const hasSettled = this.#isHeard && performance.now() - this.#attemptAt >= SETTLED_MS;
    this.#spacingMs = hasSettled ? 0 : Math.min(reopenMsMax, Math.max(reopenMs, 2 * this.#spacingMs));
    if (!this.#isClosed) this.#onLost(this.#target);
  }
}
