// A peer in the hands of a test: it says who it is, proves it, and then whatever bytes the test gives it.
import { createConnection, type Socket } from 'node:net';
import type { ClusterSecret } from '../../src/net-real/cluster-secret.ts';
import { OpenerGreeting } from '../../src/net-real/greeting.ts';
import type { Hello } from '../../src/net-real/hello.ts';
import { toySecret } from './toy-secret.ts';

export type ToyHello = Partial<Omit<Hello, 'nonce'>> & Pick<Hello, 'to'>;

export const TOY_PEER = '127.0.0.1:1';

/** Of the first control stream of a peer of a cluster without a name. */
export function toyHello(given: ToyHello): Omit<Hello, 'nonce'> {
  return { cluster: '', from: TOY_PEER, incarnation: 1, streamClass: 'control', stream: 1, ...given };
}

/** Resolves when the bytes are on their way behind its proof, or when it was refused before. */
export function greet(
  listening: string,
  hello: ToyHello,
  behind: readonly Uint8Array[] = [],
  secret: ClusterSecret = toySecret,
): Promise<Socket> {
  const [host, port] = listening.split(':');
  const greeting = new OpenerGreeting(secret, toyHello(hello));
  const socket = createConnection({ host: host as string, port: Number(port) }, () => socket.write(greeting.first()));
  socket.on('error', () => {});
  return new Promise((resolve) => {
    let isAnswered = false;
    socket.once('close', () => resolve(socket));
    socket.on('data', (chunk: Buffer) => {
      const reply = isAnswered ? null : greeting.onChunk(chunk, new Uint8Array(0));
      if (reply?.ok !== true) return;
      isAnswered = true;
      socket.write(Buffer.concat([reply.value.bytes, ...behind]), () => resolve(socket));
    });
  });
}
