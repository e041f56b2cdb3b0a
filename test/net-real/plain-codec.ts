// Any machine's messages as bytes, for toys that do not speak as a cluster does.
import { openBlob, sealBlob } from '../../src/core/base/blob.ts';
import type { Value } from '../../src/core/base/value.ts';
import type { Envelope } from '../../src/core/base/vocabulary.ts';
import type { MessageCodec } from '../../src/net-real/network.ts';

const FORMAT = 'toy-message';

export const plainCodec: MessageCodec = {
  encode: (message) => sealBlob(FORMAT, 1, { ...message } as unknown as Value),
  decode: (bytes) => {
    const opened = openBlob(FORMAT, 1, bytes);
    return opened.ok ? { ok: true, value: opened.value as unknown as Envelope } : opened;
  },
};
