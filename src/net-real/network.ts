// What a host sees of a network, and what a network is given. `tcp-network.ts` makes one.
import type { Result } from '../core/base/value.ts';
import type { Address, Envelope, StreamClass } from '../core/base/vocabulary.ts';
import type { ClusterSecret } from './cluster-secret.ts';
import type { Transport } from './transport.ts';

/** Whoever takes what comes in; a host. Its functions only note things down: they are called while sockets are read. */
export interface Receiver {
  /** `sizeBytes`: what it took on its connection, so that whoever lets messages wait can say when it is enough. */
  onMessage(message: Envelope, sizeBytes: number): void;
  onConnectionLost(peer: Address, streamClass: StreamClass): void;
}

export interface Network {
  /** Under which peers know this process. */
  readonly address: Address;
  /** Where it really listens, `host:port`. */
  readonly listening: string;
  /** Connections wait until there is somebody to take what they bring. Called once. */
  deliverTo(receiver: Receiver): void;
  /** At most once, in order within the stream. Never to the own address: a host delivers that by itself. */
  send(message: Envelope): void;
  /**
   * Told by the host at the end of each of its turns: whether another one follows at once, and is likely short. As long as it does, batches may wait a moment for others that
   * leave with them.
   */
  endTurn(goesOn: boolean): void;
  /** Streams of this class are not read until `resume`: their senders feel it. */
  pause(streamClass: StreamClass): void;
  resume(streamClass: StreamClass): void;
  /** What was sent still leaves, if its receiver takes it. Nothing is delivered any more. */
  close(): Promise<void>;
  /** Ends at once, as a killed process would. */
  destroy(): void;
}

export interface MessageCodec {
  /** The bytes are copied before anything else is encoded. */
  encode(message: Envelope): Uint8Array;
  /** The message, or a sentence that says why these bytes are not one. Never throws on what a peer sent. */
  decode(bytes: Uint8Array): Result<Envelope>;
  /** The incarnation that its sender says it has there; null: it says none. One that is not that of its stream is refused. */
  claimedIncarnation?(message: Envelope): number | null;
}

export interface NetworkLimits {
  /** A longer frame is neither sent nor taken. */
  readonly frameBytesMax: number;
  /** Kept of frames that are not complete, over all streams of peers: of more than that the longest one loses its stream. */
  readonly partialBytesMax: number;
  /** A stream whose receiver takes nothing breaks when so much waits in it. */
  readonly unsentBytesMax: number;
  /** Whoever connects and does not prove that it belongs to the cluster is dropped after this time. */
  readonly helloMs: number;
  /** Connections of such: of more than these the oldest is dropped. */
  readonly strangersMax: number;
  /** An incarnation that is further ahead of all that are known is not believed. */
  readonly aheadMax: number;
  /** A stream whose other end says nothing for longer is given up. A process that stands still for less costs no stream. */
  readonly streamSilenceMs: number;
  /** An attempt to connect is given up after this time: the system would repeat it at distances that double. */
  readonly connectMs: number;
  /** Between two attempts to open a stream: the first, doubled with each one that fails soon, up to the last. */
  readonly reopenMs: number;
  readonly reopenMsMax: number;
  readonly connectionsMax: number;
  /** When a network is closed, what was sent has this long to leave. */
  readonly closeMs: number;
}

const MEBIBYTE = 1_048_576;

export const networkLimits: NetworkLimits = {
  frameBytesMax: 32 * MEBIBYTE, // a batch of records of 100 KB, and any job graph, is far below
  partialBytesMax: 256 * MEBIBYTE, // eight peers may be in the middle of the longest frame at a time
  unsentBytesMax: 64 * MEBIBYTE, // credits keep data far below; a stopped peer gets heartbeats of a day
  helloMs: 10_000,
  strangersMax: 1_024, // so many peers may come back at once when a process wakes up
  aheadMax: 2 ** 36, // two years of ms: of hosts that count from the wall clock on
  streamSilenceMs: 3_000, // the default of heartbeatTimeoutMs: whoever is silent longer is lost to its peers anyway
  connectMs: 1_000,
  reopenMs: 20,
  reopenMsMax: 500,
  connectionsMax: 4_096,
  closeMs: 500,
};

/** Bytes of frames by class, since the network listens; its streams count on. */
export interface Traffic {
  readonly sent: Record<StreamClass, number>;
  readonly received: Record<StreamClass, number>;
}

export function noTraffic(): Traffic {
  return { sent: { control: 0, data: 0 }, received: { control: 0, data: 0 } };
}

/** What the streams of one network share. */
export interface Endpoints {
  readonly cluster: string;
  readonly secret: ClusterSecret;
  readonly address: Address;
  readonly incarnation: number;
  readonly limits: NetworkLimits;
  readonly codec: MessageCodec;
  readonly transport: Transport;
  /** What is said outside of this host may be said in the clear. */
  readonly isInsecure: boolean;
  readonly traffic: Traffic;
  readonly log: (line: string) => void;
}
