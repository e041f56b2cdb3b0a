// Processes of another version of Millrace: what they say is refused, both sides tell why, and nothing of it reaches a machine. Upgrades count on it
// (docs/deployment.md).
import { afterEach, expect, test } from 'vitest';
import { openBlob, sealBlob } from '../../src/core/base/blob.ts';
import { MESSAGE_VERSION } from '../../src/core/protocol/codec.ts';
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
  expect(own.logged).toEqual([`${dropped} ${MESSAGE_VERSION + 1}, this Millrace reads version ${MESSAGE_VERSION}`]);
  own.network.send(cancel(own, other));
  await until(() => other.logged.length > 0 && own.heard.length > 1);
  expect(other.logged).toEqual([`${dropped} ${MESSAGE_VERSION}, this Millrace reads version ${MESSAGE_VERSION + 1}`]);
  expect([...new Set([...own.heard, ...other.heard])]).toEqual(['lost control']); // and no message
});
