// A network that is sent half frames: `node half-frames.ts`. Prints where it listens, and, for each line of its standard input, by how many bytes
// the process has grown at most.
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createTcpNetwork } from '../../src/net-real/tcp-network.ts';
import { plainCodec } from './plain-codec.ts';
import { toySecret } from './toy-secret.ts';

const network = await createTcpNetwork({
  secret: toySecret,
  listen: '127.0.0.1:0',
  incarnation: 1,
  codec: plainCodec,
  log: () => {},
});
network.deliverTo({ onMessage: () => {}, onConnectionLost: () => {} });

/** Of this program. The `maxRSS` of Linux is that of the process, and so begins with what its parent had when it forked. */
function peakBytes(): number {
  const status = '/proc/self/status';
  const own = existsSync(status) ? /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1] : undefined;
  return Number(own ?? process.resourceUsage().maxRSS) * 1_024;
}

const before = peakBytes();
createInterface({ input: process.stdin })
  .on('line', () => process.stdout.write(`${peakBytes() - before}\n`))
  .once('close', () => process.exit());
process.stdout.write(`${network.listening}\n`);
