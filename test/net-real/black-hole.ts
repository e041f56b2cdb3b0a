// Two networks on a loopback that drops everything for some time: `unshare -rn node black-hole.ts MS`. Prints one JSON object.
import { execFileSync } from 'node:child_process';
import { setTimeout as passes } from 'node:timers/promises';
import type { Network } from '../../src/net-real/network.ts';
import { createTcpNetwork } from '../../src/net-real/tcp-network.ts';
import { plainCodec } from './plain-codec.ts';
import { toySecret } from './toy-secret.ts';

const TICK_MS = 50;

/** When the last letter came, and the first loss was told; 0: not yet. */
const at = { heard: 0, lost: 0 };

async function party(): Promise<Network> {
  const network = await createTcpNetwork({
    secret: toySecret,
    listen: '127.0.0.1:0',
    incarnation: 1,
    codec: plainCodec,
    log: (line) => process.stderr.write(`${line}\n`),
  });
  network.deliverTo({
    onMessage: () => void (at.heard = performance.now()),
    onConnectionLost: () => void (at.lost ||= performance.now()),
  });
  return network;
}

const traffic = (...words: readonly string[]): Buffer => execFileSync('tc', ['qdisc', ...words]);

execFileSync('ip', ['link', 'set', 'lo', 'up']);
const [from, to] = [await party(), await party()];
setInterval(() => {
  from.send({ effect: 'send', streamClass: 'data', from: from.address, to: to.address, kind: 'letter', body: 1 });
}, TICK_MS);
await passes(500);
traffic('add', 'dev', 'lo', 'root', 'blackhole');
const cutAt = performance.now();
await passes(Number(process.argv[2]));
traffic('del', 'dev', 'lo', 'root');
const healedAt = performance.now();
const isBack = (): boolean => at.heard > healedAt;
while (!isBack()) await passes(5);
const [lostWithinMs, backAfterMs] = [at.lost - cutAt, at.heard - healedAt].map(Math.round);
process.stdout.write(JSON.stringify({ lostWithinMs, backAfterMs }));
process.exit();
