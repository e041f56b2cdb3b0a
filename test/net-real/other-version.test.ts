// Processes of another version of Millrace: what they say is refused, both sides tell why, and nothing of it reaches a machine. Upgrades count on it
// (docs/deployment.md).
import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { openBlob, sealBlob } from '../../src/core/base/blob.ts';
import { MESSAGE_VERSION } from '../../src/core/protocol/codec.ts';
import { joinFrames } from '../../src/net-real/frames.ts';
import type { Network } from '../../src/net-real/network.ts';
import type { MessageCodec } from '../../src/net-real/network.ts';
import { clusterCodec } from '../../src/net-real/tcp-network.ts';
import { party, type Party } from './party.ts';
import { until } from './small-cluster.ts';

const FORMAT = 'millrace-message';
const opened: Network[] = [];
afterEach(async () => {
  for (const network of opened.splice(0)) await network.close();
});

async function partyOf(codec: MessageCodec): Promise<Party> {
  const made = await party({ codec });
  opened.push(made.network);
  return made;
}

/** As a later Millrace would say it. */
const later: MessageCodec = {
  ...clusterCodec,
  decode(bytes) {
    const content = openBlob(FORMAT, MESSAGE_VERSION + 1, bytes);
    return content.ok ? clusterCodec.decode(sealBlob(FORMAT, MESSAGE_VERSION, content.value)) : content;
  },
  encode(message) {
    const content = openBlob(FORMAT, MESSAGE_VERSION, clusterCodec.encode(message));
    if (!content.ok) throw new Error(content.reason);
    return sealBlob(FORMAT, MESSAGE_VERSION + 1, content.value);
  },
};

const cancel = (from: Party, to: Party) =>
  ({
    effect: 'send',
    streamClass: 'control',
    from: from.network.address,
    to: to.network.address,
    kind: 'cancel-job',
    body: { jobId: 'job-1' },
  }) as const;

test('messages of another version are refused, either way, and whoever is spoken to says both versions', async () => {
  const [own, other] = [await partyOf(clusterCodec), await partyOf(later)];
  other.network.send(cancel(other, own));
  await until(() => own.logged.length > 0 && other.heard.length > 0);
  const dropped = 'dropped the control stream of HOST (HOST): millrace-message has version';
  const advice = 'it runs another version of Millrace, and all processes of a cluster must run the same';
  const [here, there] = [MESSAGE_VERSION, MESSAGE_VERSION + 1];
  expect(own.logged).toEqual([`${dropped} ${there}, this Millrace reads version ${here}: ${advice}`]);
  own.network.send(cancel(own, other));
  await until(() => other.logged.length > 0 && own.heard.length > 1);
  expect(other.logged).toEqual([`${dropped} ${here}, this Millrace reads version ${there}: ${advice}`]);
  expect([...new Set([...own.heard, ...other.heard])]).toEqual(['lost control']); // and no message
});

test('a hello of another version is refused: the receiver says both versions, the opener whom to ask', async () => {
  const own = await partyOf(clusterCodec);
  const earlier = connectAs(own, sealBlob('millrace-hello', 5, null));
  await until(() => own.logged.length > 0);
  expect(own.logged[0]).toBe(
    'dropped HOST: millrace-hello has version 5, this Millrace reads version 6: it runs another version of Millrace, and all processes of a cluster must run the same',
  );
  await earlier;
  const listener = createServer((socket) => socket.on('error', () => {}).once('data', () => socket.destroy())).listen(
    0,
    '127.0.0.1',
  );
  await once(listener, 'listening');
  const timer = setInterval(() => {
    const to = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
    own.network.send({ ...cancel(own, own), to });
  }, 20);
  try {
    await until(() => own.logged.length > 1);
  } finally {
    clearInterval(timer);
    listener.close();
  }
  expect(own.logged[1]).toBe(
    'HOST cannot be reached: it closed the connection without a word: if it lives, its log says why; tried (control stream)',
  );
});

async function connectAs({ network }: Party, frame: Uint8Array): Promise<void> {
  const [host, port] = network.address.split(':') as [string, string];
  const socket = createConnection({ host, port: Number(port) }).on('error', () => {});
  socket.write(joinFrames([frame]));
  await once(socket.resume(), 'close');
}
