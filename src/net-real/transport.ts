// How bytes go between processes: in the clear, on one host, or over TLS (tls-transport.ts).
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import type { Address } from '../core/base/vocabulary.ts';
import { parseEndpoint, type Endpoint } from './endpoint.ts';
import type { Strangers, StrangerLimits } from './strangers.ts';

export interface Transport {
  /** Whether what is said outside of this host is said to peers alone. */
  readonly isSafe: boolean;
  connect(to: Endpoint): Socket;
  createServer(limits: StrangerLimits): Server;
  /** Hands on connections as they become usable. Until then they are strangers, with an end of their own. */
  onConnection(server: Server, strangers: Strangers, accept: (socket: Socket) => void): void;
  /** Of this connection alone, the same at both ends, and part of what they prove; empty: it has nothing of the kind. */
  channelOf(socket: Socket): Uint8Array;
  /** Why whoever is behind this connection is nobody at this address, or null. */
  objectionTo(socket: Socket, address: Address): string | null;
  /** What went wrong with a connection, for people. */
  describe(error: Error): string;
}

const NO_CHANNEL = new Uint8Array(0);

export const plainTransport: Transport = {
  isSafe: false,
  connect: (to) => createConnection({ ...to, noDelay: true }),
  createServer: () => createServer({ noDelay: true, pauseOnConnect: true }),
  onConnection(server, strangers, accept) {
    server.on('connection', (socket) => {
      strangers.add(socket);
      accept(socket);
    });
  },
  channelOf: () => NO_CHANNEL,
  objectionTo: () => null,
  describe: ({ message }) => message,
};

/** Whether nobody else than processes of this host is there. */
export function isOnThisHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/i.test(host);
}

/** Why nothing may be said in the clear from or to this address, or null. What is no address is refused elsewhere. */
export function exposureOf(address: string): string | null {
  const endpoint = parseEndpoint(address);
  if (!endpoint.ok || isOnThisHost(endpoint.value.host)) return null;
  return `${address} is outside of this host: give --tls-cert, --tls-key and --tls-ca, or --insecure-network, with which whoever is on the way may read and change what processes say`;
}
