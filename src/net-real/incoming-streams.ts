// The receiving side: connections of peers, and which of them is the stream of whom. A newer stream of an address replaces an older one, and
// an older one is refused; so is whoever does not prove that it belongs to the cluster, with one log line.
import type { Socket } from 'node:net';
import type { Address, StreamClass } from '../core/base/vocabulary.ts';
import { FrameDecoder, frameSize } from './frames.ts';
import { ReceiverGreeting } from './greeting.ts';
import { HELLO_BYTES_MAX, type Hello } from './hello.ts';
import { Silence, SIGN_OF_LIFE } from './keepalive.ts';
import type { Endpoints, Receiver } from './network.ts';
import { withAdvice } from './other-version.ts';
import { placeOf, type Strangers } from './strangers.ts';
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
  greeting: ReceiverGreeting | null;
  /** Null until it proved that. */
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
const STREAM_MAX = 2 ** 40; // two attempts a second take longer than anything lives
const PEERS_REMEMBERED_MAX = 10_000; // whoever is older is forgotten: a cluster that lives long has had many

export class IncomingStreams {
  readonly #ends: Endpoints;
  readonly #receiver: Receiver;
  readonly #connections = new Set<Incoming>();
  readonly #peers = new Map<Address, Peer>();
  readonly #paused = new Set<StreamClass>();
  /** Those of `#connections` that have no hello are among them. */
  readonly #strangers: Strangers;
  /** The newest incarnation that was believed, of any peer. */
  #newestIncarnation: number;
  /** Kept of frames that are not complete, of all connections. */
  #partialBytes = 0;
  #isClosed = false;

  constructor(ends: Endpoints, receiver: Receiver, strangers: Strangers) {
    this.#ends = ends;
    this.#receiver = receiver;
    this.#strangers = strangers;
    this.#newestIncarnation = ends.incarnation;
  }

  /** One of `strangers`. */
  accept(socket: Socket): void {
    const decoder = new FrameDecoder(HELLO_BYTES_MAX);
    const incoming: Incoming = {
      socket,
      decoder,
      ...placeOf(socket),
      greeting: null,
      hello: null,
      silence: new Silence(),
      partialBytes: 0,
    };
    this.#connections.add(incoming);
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
    for (const { socket } of this.#connections) socket.destroy();
  }

  // ---- Reading

  #onChunk(incoming: Incoming, chunk: Uint8Array): void {
    const { decoder, socket } = incoming;
    if (incoming.hello !== null) incoming.silence.end();
    decoder.push(chunk);
    for (let frame = decoder.next(); frame !== null; frame = decoder.next()) {
      const reason = incoming.hello === null ? this.#onGreeting(incoming, frame) : this.#onFrame(incoming.hello, frame);
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
    if (!decoded.ok) return withAdvice(decoded.reason);
    const message = decoded.value;
    const { from, to, streamClass } = message;
    if (!isAt(from, hello.from) || !isAt(to, hello.to) || streamClass !== hello.streamClass)
      return `a ${streamClass} message from ${from} to ${to} came in another stream`;
    const claimed = this.#ends.codec.claimedIncarnation?.(message) ?? hello.incarnation;
    if (claimed !== hello.incarnation)
      return `it says that it is incarnation ${claimed} of ${from}, and its stream is of incarnation ${hello.incarnation}`;
    const sizeBytes = frameSize(frame);
    this.#ends.traffic.received[streamClass] += sizeBytes;
    this.#receiver.onMessage(message, sizeBytes);
    return null;
  }

  // ---- Who it is

  #onGreeting(incoming: Incoming, frame: Uint8Array): string | null {
    if (incoming.greeting === null) return this.#onHello(incoming, frame);
    const { hello } = incoming.greeting;
    return (
      incoming.greeting.objectionTo(frame) ??
      this.#ends.transport.objectionTo(incoming.socket, hello.from) ??
      this.#onProven(incoming, hello)
    );
  }

  /** Nothing that it claims is believed yet, and nothing is remembered of it. */
  #onHello(incoming: Incoming, frame: Uint8Array): string | null {
    const { cluster, address, secret, transport } = this.#ends;
    const greeting = ReceiverGreeting.begin(secret, frame, transport.channelOf(incoming.socket));
    if (!greeting.ok) return withAdvice(greeting.reason);
    const { hello, answer } = greeting.value;
    if (hello.to !== address) return `it looks for ${hello.to}, this is ${address}`;
    if (hello.cluster !== cluster) return `${hello.from} belongs to another cluster, with an HA service of its own`;
    incoming.greeting = greeting.value;
    incoming.socket.write(answer);
    return null;
  }

  #onProven(incoming: Incoming, hello: Hello): string | null {
    const peer = this.#peers.get(hello.from) ?? null;
    const reason = this.#whyUnbelieved(hello, peer);
    if (reason !== null) return reason;
    this.#open(incoming, peer ?? this.#remember(hello), hello);
    return null;
  }

  #whyUnbelieved({ from, incarnation, streamClass, stream }: Hello, peer: Peer | null): string | null {
    const { aheadMax } = this.#ends.limits;
    if (incarnation > this.#newestIncarnation + aheadMax)
      return `incarnation ${incarnation} of ${from} is none that it can have: the newest of all is ${this.#newestIncarnation}`;
    if (stream > STREAM_MAX) return `the number ${stream} of a stream of ${from} is none that it can have`;
    if (peer === null) return null;
    if (incarnation < peer.incarnation)
      return `incarnation ${incarnation} of ${from} is over, the newest is ${peer.incarnation}`;
    if (incarnation === peer.incarnation && stream <= peer[streamClass].stream)
      return `a newer ${streamClass} stream of ${from} is there`;
    return null;
  }

  /** Whom this one replaces is closed, and its loss is told, before anything of the new stream is read. */
  #open(incoming: Incoming, peer: Peer, hello: Hello): void {
    if (hello.incarnation > peer.incarnation) {
      for (const streamClass of CLASSES) this.#lose(peer, streamClass);
      peer.incarnation = hello.incarnation;
      for (const streamClass of CLASSES) peer[streamClass].stream = 0;
    }
    this.#newestIncarnation = Math.max(this.#newestIncarnation, hello.incarnation);
    this.#lose(peer, hello.streamClass);
    peer[hello.streamClass].stream = hello.stream;
    peer[hello.streamClass].open = incoming;
    incoming.hello = hello;
    this.#strangers.forget(incoming.socket);
    incoming.silence.end();
    incoming.socket.write(SIGN_OF_LIFE);
    incoming.decoder.frameBytesMax = this.#ends.limits.frameBytesMax;
    if (this.#paused.has(hello.streamClass)) incoming.socket.pause();
  }

  #remember({ from, incarnation }: Hello): Peer {
    const peer = { incarnation, control: { stream: 0, open: null }, data: { stream: 0, open: null } };
    this.#peers.set(from, peer);
    if (this.#peers.size > PEERS_REMEMBERED_MAX) this.#forgetOne(peer);
    return peer;
  }

  #forgetOne(kept: Peer): void {
    for (const [address, peer] of this.#peers) {
      const isOpen = peer.control.open !== null || peer.data.open !== null;
      if (!isOpen && peer !== kept) return void this.#peers.delete(address);
    }
  }

  // ---- Ends

  #onClose(incoming: Incoming): void {
    this.#connections.delete(incoming);
    this.#count(incoming, 0);
    const { hello, decoder, host, remote, socket } = incoming;
    if (hello === null) {
      if (decoder.isPartial && !socket.errored && !this.#isClosed)
        this.#strangers.complain(host, 'left', `${remote} left in the middle of its hello`);
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
    const { hello, remote, socket, decoder } = incoming;
    decoder.failure = reason;
    if (hello === null) return this.#strangers.drop(socket, reason);
    this.#ends.log(`dropped the ${hello.streamClass} stream of ${hello.from} (${remote}): ${reason}`);
    socket.destroy(new Error(reason)); // errored: its end needs no line of its own
  }
}
