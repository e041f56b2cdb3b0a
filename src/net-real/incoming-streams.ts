// The receiving side: connections of peers, and which of them is the stream of whom. A newer stream of an address replaces an older one, and
// an older one is refused; so is whatever is no stream at all, with one log line.
import type { Socket } from 'node:net';
import type { Address, StreamClass } from '../core/base/vocabulary.ts';
import { FrameDecoder, frameSize } from './frames.ts';
import { decodeHello, HELLO_BYTES_MAX, type Hello } from './hello.ts';
import { LOOKS, Silence, SIGN_OF_LIFE } from './keepalive.ts';
import type { Endpoints, Receiver } from './network.ts';
import { quietly, type Complain } from './quiet-log.ts';
import { stationOf } from './switchboard.ts';

/** Whether it is this station, or an extension of it. */
function isAt(address: Address, station: Address): boolean {
  return address === station || stationOf(address) === station;
}

interface Incoming {
  readonly socket: Socket;
  readonly decoder: FrameDecoder;
  readonly host: string;
  readonly remote: string;
  /** Null until it said who it is. */
  hello: Hello | null;
  readonly silence: Silence;
  /** Kept of a frame that is not complete, as it was counted last. */
  partialBytes: number;
}

/** The newest that is known of an address; it outlives the streams. */
interface Peer {
  incarnation: number;
  /** Number of the newest stream, and the stream while it is open. */
  readonly control: { stream: number; open: Incoming | null };
  readonly data: { stream: number; open: Incoming | null };
}

const CLASSES: readonly StreamClass[] = ['control', 'data'];
const PEERS_REMEMBERED_MAX = 10_000; // whoever is older is forgotten, so that no crowd of strangers eats memory

export class IncomingStreams {
  readonly #ends: Endpoints;
  readonly #receiver: Receiver;
  readonly #connections = new Set<Incoming>();
  readonly #peers = new Map<Address, Peer>();
  readonly #paused = new Set<StreamClass>();
  readonly #looks: NodeJS.Timeout;
  /** Of whoever is no peer. */
  readonly #complain: Complain;
  /** Kept of frames that are not complete, of all connections. */
  #partialBytes = 0;
  #isClosed = false;

  constructor(ends: Endpoints, receiver: Receiver) {
    this.#ends = ends;
    this.#receiver = receiver;
    this.#complain = quietly(ends.log);
    this.#looks = setInterval(() => this.#dropStrangers(), ends.limits.helloMs / LOOKS);
    this.#looks.unref();
  }

  accept(socket: Socket): void {
    const decoder = new FrameDecoder(HELLO_BYTES_MAX);
    const host = socket.remoteAddress ?? '?';
    const remote = `${host}:${socket.remotePort ?? '?'}`;
    const incoming: Incoming = { socket, decoder, host, remote, hello: null, silence: new Silence(), partialBytes: 0 };
    this.#connections.add(incoming);
    socket.on('error', () => {}); // `close` follows
    socket.on('close', () => this.#onClose(incoming));
    socket.on('data', (chunk) => this.#onChunk(incoming, chunk as Buffer)); // never text: no encoding was set
    socket.resume();
  }

  pause(streamClass: StreamClass): void {
    this.#paused.add(streamClass);
    for (const { hello, socket } of this.#connections) if (hello?.streamClass === streamClass) socket.pause();
  }

  resume(streamClass: StreamClass): void {
    this.#paused.delete(streamClass);
    for (const { hello, socket, silence } of this.#connections) {
      if (hello?.streamClass !== streamClass) continue;
      silence.end();
      socket.resume();
    }
  }

  /** Says on each stream that this end lives, and drops those whose other end has not done so for too long. One that is not read cannot be judged. */
  look(): void {
    for (const incoming of this.#connections) {
      const { hello, socket, silence, decoder } = incoming;
      if (hello === null || socket.destroyed) continue;
      if (socket.writableLength === 0) socket.write(SIGN_OF_LIFE);
      if (this.#paused.has(hello.streamClass) || !silence.isTooLong()) continue;
      const where = decoder.isPartial ? ' in the middle of a frame' : '';
      this.#drop(incoming, `it fell silent${where} for more than ${this.#ends.limits.streamSilenceMs} ms`);
    }
  }

  destroy(): void {
    this.#isClosed = true;
    clearInterval(this.#looks);
    for (const { socket } of this.#connections) socket.destroy();
  }

  // ---- Reading

  #onChunk(incoming: Incoming, chunk: Uint8Array): void {
    const { decoder, socket } = incoming;
    if (incoming.hello !== null) incoming.silence.end();
    decoder.push(chunk);
    for (let frame = decoder.next(); frame !== null; frame = decoder.next()) {
      const reason = incoming.hello === null ? this.#onHello(incoming, frame) : this.#onFrame(incoming.hello, frame);
      if (reason !== null) return this.#drop(incoming, reason);
      if (socket.destroyed) return;
    }
    if (decoder.failure !== null) return this.#drop(incoming, decoder.failure);
    this.#count(incoming, decoder.partialBytes);
    if (this.#partialBytes > this.#ends.limits.partialBytesMax) this.#dropLongest();
  }

  #count(incoming: Incoming, partialBytes: number): void {
    this.#partialBytes += partialBytes - incoming.partialBytes;
    incoming.partialBytes = partialBytes;
  }

  /** Of the frames that are not complete. Whoever sends a longer one than all others is the likeliest to mean harm, and loses the most. */
  #dropLongest(): void {
    const [first, ...others] = this.#connections;
    if (first === undefined) return;
    const longest = others.reduce((max, one) => (one.partialBytes > max.partialBytes ? one : max), first);
    const { partialBytesMax } = this.#ends.limits;
    const { partialBytes } = longest;
    this.#count(longest, 0);
    this.#drop(
      longest,
      `${partialBytes} bytes of a frame have come, and more than ${partialBytesMax} of all such frames`,
    );
  }

  /** Returns why the peer must go, or null. */
  #onFrame(hello: Hello, frame: Uint8Array): string | null {
    if (frame.length === 0) return null; // a sign of life
    const decoded = this.#ends.codec.decode(frame);
    if (!decoded.ok) return decoded.reason;
    const message = decoded.value;
    const { from, to, streamClass } = message;
    if (!isAt(from, hello.from) || !isAt(to, hello.to) || streamClass !== hello.streamClass)
      return `a ${streamClass} message from ${from} to ${to} came in another stream`;
    const sizeBytes = frameSize(frame);
    this.#ends.traffic.received[streamClass] += sizeBytes;
    this.#receiver.onMessage(message, sizeBytes);
    return null;
  }

  #onHello(incoming: Incoming, frame: Uint8Array): string | null {
    const decoded = decodeHello(frame);
    if (!decoded.ok) return decoded.reason;
    const hello = decoded.value;
    const { cluster, address } = this.#ends;
    if (hello.to !== address) return `it looks for ${hello.to}, this is ${address}`;
    if (hello.cluster !== cluster) return `${hello.from} belongs to another cluster, with an HA service of its own`;
    const peer = this.#peerOf(hello);
    if (hello.incarnation < peer.incarnation)
      return `incarnation ${hello.incarnation} of ${hello.from} is over, the newest is ${peer.incarnation}`;
    if (hello.incarnation === peer.incarnation && hello.stream <= peer[hello.streamClass].stream)
      return `a newer ${hello.streamClass} stream of ${hello.from} is there`;
    this.#open(incoming, peer, hello);
    return null;
  }

  /** Whom this one replaces is closed, and its loss is told, before anything of the new stream is read. */
  #open(incoming: Incoming, peer: Peer, hello: Hello): void {
    if (hello.incarnation > peer.incarnation) {
      for (const streamClass of CLASSES) this.#lose(peer, streamClass);
      peer.incarnation = hello.incarnation;
      for (const streamClass of CLASSES) peer[streamClass].stream = 0;
    }
    this.#lose(peer, hello.streamClass);
    peer[hello.streamClass].stream = hello.stream;
    peer[hello.streamClass].open = incoming;
    incoming.hello = hello;
    incoming.silence.end();
    incoming.socket.write(SIGN_OF_LIFE);
    incoming.decoder.frameBytesMax = this.#ends.limits.frameBytesMax;
    if (this.#paused.has(hello.streamClass)) incoming.socket.pause();
  }

  #peerOf({ from, incarnation }: Hello): Peer {
    const known = this.#peers.get(from);
    if (known !== undefined) return known;
    const peer = { incarnation, control: { stream: 0, open: null }, data: { stream: 0, open: null } };
    this.#peers.set(from, peer);
    if (this.#peers.size > PEERS_REMEMBERED_MAX) this.#forgetOne();
    return peer;
  }

  #forgetOne(): void {
    for (const [address, { control, data }] of this.#peers) {
      if (control.open === null && data.open === null) return void this.#peers.delete(address);
    }
  }

  // ---- Ends

  #onClose(incoming: Incoming): void {
    this.#connections.delete(incoming);
    this.#count(incoming, 0);
    const { hello, decoder, host, remote, socket } = incoming;
    if (hello === null) {
      if (decoder.isPartial && !socket.errored && !this.#isClosed)
        this.#complain(`${host} left`, `${remote} left in the middle of its hello`);
      return;
    }
    const peer = this.#peers.get(hello.from);
    if (peer !== undefined && peer[hello.streamClass].open === incoming) this.#lose(peer, hello.streamClass);
  }

  /** The open stream of this class, if there is one, is no more. */
  #lose(peer: Peer, streamClass: StreamClass): void {
    const { open } = peer[streamClass];
    if (open?.hello === null || open?.hello === undefined) return;
    peer[streamClass].open = null;
    open.socket.destroy();
    if (!this.#isClosed) this.#receiver.onConnectionLost(open.hello.from, streamClass);
  }

  #drop(incoming: Incoming, reason: string): void {
    const { hello, host, remote, socket, decoder } = incoming;
    if (hello === null) this.#complain(`${host} dropped`, `dropped ${remote}: ${reason}`);
    else this.#ends.log(`dropped the ${hello.streamClass} stream of ${hello.from} (${remote}): ${reason}`);
    decoder.failure = reason;
    socket.destroy(new Error(reason)); // errored: its end needs no line of its own
  }

  #dropStrangers(): void {
    for (const incoming of this.#connections)
      if (incoming.hello === null && incoming.silence.isTooLong()) this.#drop(incoming, 'it says no hello');
  }
}
