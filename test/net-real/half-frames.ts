// A network that is sent half frames: `node half-frames.ts`. Prints where it listens, and, for each line of its standard input, by how many bytes
// the process has grown at most.
import { createInterface } from 'node:readline';
import { peakMiB } from '../../bench/peak-memory.ts';
import { createTcpNetwork } from '../../src/net-real/tcp-network.ts';
import { plainCodec } from './plain-codec.ts';
import { toySecret } from './toy-secret.ts';

const MEBIBYTE = 1_048_576;

const network = await createTcpNetwork({
  secret: toySecret,
  listen: '127.0.0.1:0',
  incarnation: 1,
  codec: plainCodec,
  log: () => {},
});
network.deliverTo({ onMessage: () => {}, onConnectionLost: () => {} });
const before = peakMiB();
createInterface({ input: process.stdin })
  .on('line', () => process.stdout.write(`${(peakMiB() - before) * MEBIBYTE}\n`))
  .once('close', () => process.exit());
process.stdout.write(`${network.listening}\n`);
