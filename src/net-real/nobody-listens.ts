// Whether a process that listened on this machine is gone: the system itself refuses connections to its address, at once. Of another machine that says less,
// as whoever is on the way may refuse; and so does a name, which may stand for an address on which that process never listened.
import { createConnection, isIP, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Address } from '../core/base/vocabulary.ts';
import { codeOf } from './disk.ts';
import { parseEndpoint, type Endpoint } from './endpoint.ts';
import { isWithItself } from './outgoing-stream.ts';
import { isOnThisHost } from './transport.ts';

/** One refusal may be that of a moment in which a relay at this address is opened again. */
const ATTEMPTS = 2;
/** The system refuses within a millisecond; what takes so long is no refusal. */
const CONNECT_MS = 250;

type Connect = (to: Endpoint) => Socket;

/** False, too, where that cannot be known. @param connect for tests */
export async function nobodyListensAt(address: Address, connect: Connect = createConnection): Promise<boolean> {
  const endpoint = parseEndpoint(address);
  if (!endpoint.ok || !isOfThisMachine(endpoint.value.host)) return false;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) if (!(await isRefused(connect(endpoint.value)))) return false;
  return true;
}

function isOfThisMachine(host: string): boolean {
  if (isIP(host) === 0) return false;
  if (isOnThisHost(host)) return true;
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === host));
}

function isRefused(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(false), CONNECT_MS);
    const end = (refused: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(refused);
    };
    socket.once('connect', () => {
      const isAlone = isWithItself(socket); // which the system does only where nobody listens
      if (isAlone) socket.resetAndDestroy(); // a plain end would keep that port for a minute
      end(isAlone);
    });
    socket.on('error', (error) => end(codeOf(error) === 'ECONNREFUSED'));
  });
}
