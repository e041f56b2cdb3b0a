// Messages of any vocabulary as frames: what a machine may send is data, so it is written as a trace writes it, under a seal.
import { openBlob, sealBlob } from '../../core/base/blob.ts';
import { isObject } from '../../core/base/state-kinds.ts';
import type { Result } from '../../core/base/value.ts';
import type { Envelope } from '../../core/base/vocabulary.ts';
import { dataFromJson, dataToJson } from '../../run/data-json.ts';
import type { MessageCodec } from '../network.ts';

const FORMAT = 'millrace-data-message';
const VERSION = 1;

export const dataCodec: MessageCodec = {
  encode: (message) => sealBlob(FORMAT, VERSION, dataToJson(message)),
  decode(bytes) {
    const opened = openBlob(FORMAT, VERSION, bytes);
    return opened.ok ? messageOf(opened.value) : opened;
  },
};

function messageOf(text: unknown): Result<Envelope> {
  try {
    const message = dataFromJson(String(text));
    return isEnvelope(message) ? { ok: true, value: message } : { ok: false, reason: 'the frame holds no message' };
  } catch (error) {
    return { ok: false, reason: `the frame holds no data: ${(error as Error).message}` };
  }
}

const texts = ['effect', 'streamClass', 'from', 'to', 'kind'] as const;

function isEnvelope(data: unknown): data is Envelope {
  return isObject(data) && texts.every((field) => typeof (data as Partial<Envelope>)[field] === 'string');
}
