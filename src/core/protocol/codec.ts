// Messages as bytes: a sealed blob of from, to, class, kind and body. What a peer sends is checked against the shape of its kind, and its
// words become the literals of this source, so that comparing them stays cheap.
import { openBlob, sealBlob } from '../base/blob.ts';
import type { Result, Value } from '../base/value.ts';
import { messageShapes } from './message-shapes.ts';
import type { Kind, Message } from './messages.ts';
import { mismatch } from './shapes.ts';

export const MESSAGE_FORMAT = 'millrace-message';
export const MESSAGE_VERSION = 1;

const SHOWN_LENGTH_MAX = 80;

const kinds: ReadonlyMap<string, Kind> = new Map((Object.keys(messageShapes) as Kind[]).map((kind) => [kind, kind]));

export function encodeMessage(message: Message): Uint8Array {
  const { from, to, streamClass, kind, body } = message;
  return sealBlob(MESSAGE_FORMAT, MESSAGE_VERSION, [from, to, streamClass === 'data', kind, body as unknown as Value]);
}

/** The message, or a sentence that says why these bytes are not one. Never throws on what a peer sent. */
export function decodeMessage(bytes: Uint8Array): Result<Message> {
  const opened = openBlob(MESSAGE_FORMAT, MESSAGE_VERSION, bytes);
  if (!opened.ok) return opened;
  if (!Array.isArray(opened.value) || opened.value.length !== 5)
    return { ok: false, reason: 'message is not a list of five fields' };
  const [from, to, isData, kindText, body] = opened.value as readonly Value[];
  if (typeof from !== 'string' || typeof to !== 'string') return { ok: false, reason: 'message has no addresses' };
  if (typeof isData !== 'boolean') return { ok: false, reason: 'message has no stream class' };
  if (typeof kindText !== 'string') return { ok: false, reason: 'message has no kind' };
  const kind = kinds.get(kindText);
  if (kind === undefined) return { ok: false, reason: `unknown message kind ${show(kindText)}` };
  const wrong = mismatch(messageShapes[kind], body);
  if (wrong !== null) return { ok: false, reason: `${kind} from ${show(from)}: ${wrong}` };
  const streamClass = isData ? 'data' : 'control';
  return { ok: true, value: { effect: 'send', streamClass, from, to, kind, body } as unknown as Message };
}

/** What a peer chose, short enough for a sentence. */
function show(text: string): string {
  return JSON.stringify(text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text);
}
