// A proxy before one process: it forwards what its peers send, knows their streams by the hello, and can hold and cut them.
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Address, StreamClass } from '../../src/core/base/vocabulary.ts';
import { FrameDecoder, frameSize } from '../../src/net-real/frames.ts';
import { decodeHello, HELLO_BYTES_MAX, type Hello } from '../../src/net-real/hello.ts';

interface Passing {
  readonly peer: Socket;
  readonly inner: Socket;
  /** Its first bytes, as long as they may not go on. */
  begin: Buffer;
  hello: Hello | null;
  /** Its hello and its proof went on. */
  isProven: boolean;
}

export class TcpProxy {
  readonly #server: Server;
  readonly #passing = new Set<Passing>();
  readonly #held = new Set<StreamClass>();
  #target = 0;

  /** Listens on loopback. */
  static async open(): Promise<TcpProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    return new TcpProxy(server);
  }

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (peer) => this.#pass(peer));
  }

  get address(): Address {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Where the process listens now. */
  forwardTo(listening: string): void {
    this.#target = Number(listening.split(':')[1]);
  }

  /** Streams of this class stand still, except for their hello and their proof. */
  hold(streamClass: StreamClass): void {
    this.#held.add(streamClass);
    for (const { hello, peer, isProven } of this.#passing)
      if (isProven && hello?.streamClass === streamClass) peer.pause();
  }

  release(streamClass: StreamClass): void {
    this.#held.delete(streamClass);
    for (const passing of this.#passing)
      if (passing.isProven && passing.hello?.streamClass === streamClass) this.#goOn(passing);
  }

  /** Breaks the stream of this peer, as seen from both sides. */
  cut(from: Address, streamClass: StreamClass): void {
    for (const { hello, peer, inner } of this.#passing) {
      if (hello?.from !== from || hello.streamClass !== streamClass) continue;
      peer.destroy();
      inner.destroy();
    }
  }

  close(): void {
    this.#server.close();
    for (const { peer, inner } of this.#passing) {
      peer.destroy();
      inner.destroy();
    }
  }

  #pass(peer: Socket): void {
    const inner = createConnection({ port: this.#target, host: '127.0.0.1' });
    const passing: Passing = { peer, inner, begin: EMPTY, hello: null, isProven: false };
    this.#passing.add(passing);
    peer.on('data', (chunk) => this.#forward(passing, chunk as Buffer));
    for (const [socket, other] of [
      [peer, inner],
      [inner, peer],
    ] as const) {
      socket.on('error', () => {});
      socket.on('close', () => {
        other.destroySoon();
        this.#passing.delete(passing);
      });
    }
    inner.on('data', (chunk) => void peer.write(chunk));
  }

  /** The hello and the proof go on by themselves, so that what is behind them can be held. */
  #forward(passing: Passing, chunk: Buffer): void {
    if (passing.isProven) return void passing.inner.write(chunk);
    passing.begin = Buffer.concat([passing.begin, chunk]);
    while (!passing.isProven) {
      const frame = firstFrame(passing.begin);
      if (frame === null) return;
      const hello = passing.hello === null ? decodeHello(frame) : null;
      if (hello?.ok === true) passing.hello = hello.value;
      else passing.isProven = true;
      const behind = frameSize(frame);
      passing.inner.write(passing.begin.subarray(0, behind));
      passing.begin = passing.begin.subarray(behind);
    }
    if (passing.hello !== null && this.#held.has(passing.hello.streamClass)) passing.peer.pause();
    else this.#goOn(passing);
  }

  #goOn(passing: Passing): void {
    passing.inner.write(passing.begin);
    passing.begin = EMPTY;
    passing.peer.resume();
  }
}

const EMPTY = Buffer.alloc(0);

function firstFrame(bytes: Buffer): Uint8Array | null {
  const decoder = new FrameDecoder(HELLO_BYTES_MAX);
  decoder.push(bytes);
  return decoder.next();
}
