// A network for a test of peers, with all that it hears and complains of.
import type { Network } from '../../src/net-real/network.ts';
import { createTcpNetwork, type TcpOptions } from '../../src/net-real/tcp-network.ts';
import { plainCodec } from './plain-codec.ts';
import { toySecret } from './toy-secret.ts';

export interface Party {
  readonly network: Network;
  readonly heard: string[];
  /** Without what differs from run to run: ports, attempts and times. */
  readonly logged: string[];
}

export async function party(given: Partial<TcpOptions> = {}): Promise<Party> {
  const [heard, logged]: [string[], string[]] = [[], []];
  const network = await createTcpNetwork({
    secret: toySecret,
    listen: '127.0.0.1:0',
    incarnation: 1,
    codec: plainCodec,
    log: (line) =>
      logged.push(line.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST').replace(/tried \d+ times in [\d.]+ s/, 'tried')),
    ...given,
  });
  network.deliverTo({
    onMessage: ({ body }) => heard.push(String(body)),
    onConnectionLost: (_, streamClass) => heard.push(`lost ${streamClass}`),
  });
  return { network, heard, logged };
}
