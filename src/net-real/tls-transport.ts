// Mutual TLS between processes: both ends show a certificate of one authority, for the host under which they are known.
import type { Server, Socket } from 'node:net';
import { checkServerIdentity, connect, createServer, type Server as TlsServer, type TLSSocket } from 'node:tls';
import { parseEndpoint } from './endpoint.ts';
import { NOWHERE, placeOf } from './strangers.ts';
import { contextOf, type TlsMaterial } from './tls-files.ts';
import type { TlsRenewal } from './tls-renewal.ts';
import type { Transport } from './transport.ts';

/** So that proofs of a hello are worth nothing on another connection (RFC 5705). */
const CHANNEL_LABEL = 'EXPERIMENTAL millrace';
const CHANNEL_BYTES = 32;

/** @param renewal tells of new files, which the next connections use */
export function tlsTransport(
  { files, ...texts }: Omit<TlsMaterial, 'validTo'>,
  renewal: Pick<TlsRenewal, 'onRenewed'> | null = null,
): Transport {
  let own = contextOf(texts);
  const servers = new Set<Server>();
  renewal?.onRenewed((material) => {
    own = contextOf(material);
    for (const server of servers) (server as TlsServer).setSecureContext(own);
  });
  const describe = (error: Error): string => describeTls(error, files.ca);
  return {
    isSafe: true,
    connect(to) {
      const socket = connect({ ...own, ...to, rejectUnauthorized: true });
      socket.setNoDelay(true);
      return socket;
    },
    // Who is not authorized is refused in `onConnection`, which knows where it is.
    createServer({ helloMs }) {
      const asked = { requestCert: true, rejectUnauthorized: false, handshakeTimeout: helloMs, noDelay: true };
      const server = createServer({ ...own, ...asked });
      servers.add(server);
      return server.once('close', () => servers.delete(server));
    },
    onConnection(server: Server, strangers, accept) {
      const raw = new Map<string, Socket>(); // until TLS is done with them
      server.on('connection', (socket) => {
        const { remote } = placeOf(socket);
        raw.set(remote, socket);
        strangers.add(socket);
        socket.once('close', () => raw.get(remote) === socket && raw.delete(remote));
      });
      server.on('secureConnection', (socket: TLSSocket) => {
        const { remote } = placeOf(socket);
        const begun = raw.get(remote);
        if (begun !== undefined) strangers.forget(begun);
        raw.delete(remote);
        strangers.add(socket);
        if (socket.authorized) accept(socket);
        else strangers.drop(socket, whyUnauthorized(socket, describe));
      });
      server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
        const { host, remote } = placeOf(socket);
        const isGone = host === NOWHERE || (error as NodeJS.ErrnoException).code === 'ECONNRESET'; // or was told already
        if (!isGone) strangers.complain(host, 'tls', `dropped ${remote}: ${describe(error)}`);
      });
    },
    channelOf: (socket) =>
      new Uint8Array((socket as TLSSocket).exportKeyingMaterial(CHANNEL_BYTES, CHANNEL_LABEL, Buffer.alloc(0))),
    objectionTo(socket, address) {
      const endpoint = parseEndpoint(address);
      if (!endpoint.ok) return endpoint.reason;
      const wrong = checkServerIdentity(endpoint.value.host, (socket as TLSSocket).getPeerCertificate());
      return wrong === undefined ? null : `it says that it is ${address}, and ${describe(wrong)}`;
    },
    describe,
  };
}

function whyUnauthorized(socket: TLSSocket, describe: (error: Error) => string): string {
  if (Object.keys(socket.getPeerCertificate()).length === 0) return 'it shows no certificate';
  const refused = socket.authorizationError as Error | string; // Node gives a code, its types say an error
  return describe(typeof refused === 'string' ? Object.assign(new Error(refused), { code: refused }) : refused);
}

function describeTls(error: Error & { readonly code?: string }, ca: string): string {
  const { code = '', message } = error;
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return 'its certificate is over';
    case 'CERT_NOT_YET_VALID':
      return 'its certificate is not valid yet';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_SIGNATURE_FAILURE':
      return `its certificate is of no authority in ${ca}`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `its certificate is not of that host (${message})`;
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
    case 'ERR_SSL_HTTP_REQUEST':
    case 'EPROTO':
      return `it speaks no TLS 1.3 (${message.trim()})`;
    default:
      return `TLS: ${message.trim()}`.replace(/^TLS: (connect |read |write )/, '$1');
  }
}
