// The network port over TCP: one connection for each stream, that is from one incarnation to one address in one class. The rules are those of
// the simulated links (src/sim/README.md); test/conformance/transport.test.ts holds both to them.
import type { Server, Socket } from 'node:net';
import type { Address, Envelope, StreamClass } from '../core/base/vocabulary.ts';
import { decodeMessage, encodeMessageInScratch } from '../core/protocol/codec.ts';
import type { Bodies, Message } from '../core/protocol/messages.ts';
import type { ClusterSecret } from './cluster-secret.ts';
import { formatEndpoint, parseEndpoint } from './endpoint.ts';
import { IncomingStreams } from './incoming-streams.ts';
import { LOOKS } from './keepalive.ts';
import {
  networkLimits,
  noTraffic,
  type Endpoints,
  type MessageCodec,
  type Network,
  type NetworkLimits,
  type Receiver,
  type Traffic,
} from './network.ts';
import { OutgoingStream } from './outgoing-stream.ts';
import { whyNotThere } from './port-owner.ts';
import { quietly } from './quiet-log.ts';
import { Strangers } from './strangers.ts';
import { stationOf } from './switchboard.ts';
import { exposureOf, plainTransport, type Transport } from './transport.ts';

export interface TcpOptions {
  /** Who belongs to another one is refused; default: one without a name. */
  readonly cluster?: string;
  /** Who has another one is refused. */
  readonly secret: ClusterSecret;
  /** `host:port`; port 0 takes any. */
  readonly listen: string;
  /** Under which peers know it; default: where it listens. */
  readonly advertise?: Address;
  readonly incarnation: number;
  /** One line for everything that went wrong with a peer. */
  readonly log: (line: string) => void;
  readonly limits?: Partial<NetworkLimits>;
  /** Counts what comes and goes. */
  readonly traffic?: Traffic;
  /** For machines that speak something else than a cluster does. */
  readonly codec?: MessageCodec;
  /** Default: in the clear, and so on this host alone. */
  readonly transport?: Transport;
  /** In the clear elsewhere too. */
  readonly isInsecure?: boolean;
}

/** Listens, and rejects with a sentence if that cannot be. */
export async function createTcpNetwork(options: TcpOptions): Promise<Network> {
  const { cluster = '', secret, incarnation, log, codec = clusterCodec, traffic = noTraffic() } = options;
  const { transport = plainTransport, isInsecure = false } = options;
  const where = parseEndpoint(options.listen);
  if (!where.ok) throw new Error(where.reason);
  refuseUnreachable(options.advertise ?? options.listen);
  const exposure = exposureOf(options.listen) ?? exposureOf(options.advertise ?? options.listen);
  if (exposure !== null && !transport.isSafe && !isInsecure) throw new Error(exposure);
  const limits = { ...networkLimits, ...options.limits };
  const server = transport.createServer(limits);
  const listening = await listen(server, options.listen);
  const address = options.advertise ?? listening;
  const ends = { cluster, secret, address, incarnation, limits, codec, transport, isInsecure, traffic, log };
  return new TcpNetwork(server, listening, ends);
}

function refuseUnreachable(address: string): void {
  const endpoint = parseEndpoint(address);
  if (endpoint.ok && !UNSPECIFIED.includes(endpoint.value.host)) return;
  throw new Error(`no peer can reach "${address}": tell under which address this process is known`);
}

const UNSPECIFIED = ['0.0.0.0', '::'];

async function listen(server: Server, where: string): Promise<string> {
  const endpoint = parseEndpoint(where);
  if (!endpoint.ok) throw new Error(endpoint.reason);
  await new Promise<void>((resolve, reject) => {
    const { port } = endpoint.value;
    server.once('error', (error) => reject(new Error(`cannot listen on ${where}: ${whyNotThere(error, port)}`)));
    server.listen(endpoint.value, resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error(`cannot listen on ${where}`);
  return formatEndpoint({ host: bound.address, port: bound.port });
}

/** Of the machines of a cluster. */
export const clusterCodec: MessageCodec = {
  encode: (envelope) => encodeMessageInScratch(envelope as unknown as Message),
  decode: (bytes) => decodeMessage(bytes),
  claimedIncarnation({ kind, body }) {
    return kind === 'register-task-manager' ? (body as Bodies['register-task-manager']).incarnation : null;
  },
};

class TcpNetwork implements Network {
  readonly address: Address;
  readonly listening: string;
  readonly #server: Server;
  readonly #ends: Endpoints;
  /** By class, then by peer: a key of both would be built for each message. */
  readonly #outgoing = { control: new Map<Address, OutgoingStream>(), data: new Map<Address, OutgoingStream>() };
  #incoming: IncomingStreams | null = null;
  #receiver: Receiver | null = null;
  readonly #strangers: Strangers;
  /** Connections from before there was a receiver. */
  #waiting: Socket[] = [];
  readonly #looks: NodeJS.Timeout;
  /** Streams in which something waits. */
  readonly #dirty = new Set<OutgoingStream>();
  #isFlushPending = false;
  /** The host's next turn follows at once. */
  #goesOn = false;

  constructor(server: Server, listening: string, ends: Endpoints) {
    this.address = ends.address;
    this.listening = listening;
    this.#server = server;
    this.#ends = ends;
    this.#strangers = new Strangers(ends.limits, ends.log);
    this.#looks = setInterval(() => this.#look(), ends.limits.streamSilenceMs / LOOKS);
    this.#looks.unref();
    server.maxConnections = ends.limits.connectionsMax;
    ends.transport.onConnection(server, this.#strangers, (socket) => this.#accept(socket));
    const complain = quietly(ends.log);
    server.on('drop', (peer) => complain('drop', `refused ${peer?.remoteAddress ?? '?'}: too many connections`));
    server.on('error', ({ message }) => complain('error', `the listening socket: ${message}`)); // no more file handles: it goes on
  }

  deliverTo(receiver: Receiver): void {
    this.#receiver = receiver;
    this.#incoming = new IncomingStreams(this.#ends, receiver, this.#strangers);
    for (const socket of this.#waiting) if (!socket.destroyed) this.#incoming.accept(socket);
    this.#waiting = [];
  }

  send(message: Envelope): void {
    const streams = this.#outgoing[message.streamClass];
    const stream = streams.get(message.to) ?? this.#streamTo(stationOf(message.to), message.streamClass);
    if (!stream.isDirty) this.#dirty.add(stream);
    stream.send(this.#ends.codec.encode(message));
    if (this.#isFlushPending) return;
    this.#isFlushPending = true;
    process.nextTick(() => this.#flush());
  }

  endTurn(goesOn: boolean): void {
    this.#goesOn = goesOn;
    if (this.#dirty.size > 0 && !this.#isFlushPending) this.#flush();
  }

  pause(streamClass: StreamClass): void {
    this.#incoming?.pause(streamClass);
  }

  resume(streamClass: StreamClass): void {
    this.#incoming?.resume(streamClass);
  }

  async close(): Promise<void> {
    this.#stopReceiving();
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    await Promise.all([closed, ...this.#streams().map((stream) => stream.close())]);
  }

  destroy(): void {
    this.#stopReceiving();
    this.#server.close();
    for (const stream of this.#streams()) stream.destroy();
  }

  #look(): void {
    for (const stream of this.#streams()) stream.look();
    this.#incoming?.look();
  }

  #stopReceiving(): void {
    clearInterval(this.#looks);
    this.#incoming?.destroy();
    this.#strangers.close();
    this.#waiting = [];
  }

  #streams(): OutgoingStream[] {
    return [...this.#outgoing.control.values(), ...this.#outgoing.data.values()];
  }

  #accept(socket: Socket): void {
    if (this.#incoming !== null) this.#incoming.accept(socket);
    else this.#waiting.push(socket);
  }

  #streamTo(peer: Address, streamClass: StreamClass): OutgoingStream {
    const known = this.#outgoing[streamClass].get(peer);
    if (known !== undefined) return known;
    const stream = new OutgoingStream({ peer, streamClass }, this.#ends, (lost) =>
      this.#receiver?.onConnectionLost(lost.peer, lost.streamClass),
    );
    this.#outgoing[streamClass].set(peer, stream);
    return stream;
  }

  /** What may wait is looked at again at the end of the host's next turn. */
  #flush(): void {
    this.#isFlushPending = false;
    const now = performance.now();
    for (const stream of this.#dirty) {
      if (this.#goesOn && stream.mayWait(now)) continue;
      this.#dirty.delete(stream);
      stream.flush();
    }
  }
}
