// Messages as bytes: a sealed blob of from, to, class, kind and body, in which batches are bytes of their own (batch-codec.ts). What a peer
// sends is checked against the shape of its kind, and its words become the literals of this source, so that comparing them stays cheap.
import { openBlob, sealBlob, sealInScratch } from '../base/blob.ts';
import { createByteWriter } from '../base/bytes.ts';
import type { Result, Value } from '../base/value.ts';
import { decodeBatch, writeBatch } from '../graph/batch-codec.ts';
import { asBuilt } from '../graph/batch.ts';
import { messageShapes, type PackedElement } from './message-shapes.ts';
import type { Element, Kind, Message } from './messages.ts';
import type { Format } from './sealed-record.ts';
import { byKind, mismatch } from './shapes.ts';

export const MESSAGE_FORMAT = 'millrace-message';
export const MESSAGE_VERSION = 26;

export const messageFormat: Format = { name: MESSAGE_FORMAT, version: MESSAGE_VERSION, shape: byKind(messageShapes) };

const SHOWN_LENGTH_MAX = 80;

const kinds: ReadonlyMap<string, Kind> = new Map((Object.keys(messageShapes) as Kind[]).map((kind) => [kind, kind]));

export function encodeMessage(message: Message): Uint8Array {
  return sealBlob(MESSAGE_FORMAT, MESSAGE_VERSION, contentOf(message));
}

/** As `encodeMessage`, for whoever takes the bytes before anything else is sealed: they are not copied, and will change. */
export function encodeMessageInScratch(message: Message): Uint8Array {
  return sealInScratch(MESSAGE_FORMAT, MESSAGE_VERSION, contentOf(message));
}

function contentOf(message: Message): Value {
  const { from, to, streamClass, kind } = message;
  const body = message.kind === 'channel-elements' ? withPackedBatches(message.body) : message.body;
  return [from, to, streamClass === 'data', kind, body as unknown as Value];
}

interface Elements {
  readonly elements: readonly Element[];
}

interface PackedElements {
  readonly elements: readonly PackedElement[];
}

/** The batches of one message: sealing copies them. It keeps its size, so that few messages make it grow. */
// millrace-lint-ignore module-state: scratch, emptied before it is written
const packed = createByteWriter(65_536);

function withPackedBatches(body: Elements): PackedElements {
  packed.length = 0;
  const elements = body.elements.map((element) =>
    element.kind === 'batch' ? { kind: element.kind, batch: writeBatch(packed, element.batch) } : element,
  );
  return { ...body, elements };
}

function withOpenBatches(body: PackedElements): Result<Elements> {
  const elements: Element[] = [];
  for (const [index, element] of body.elements.entries()) {
    if (element.kind !== 'batch') {
      elements.push(element);
      continue;
    }
    const batch = decodeBatch(element.batch);
    if (!batch.ok) return { ok: false, reason: `elements[${index}].batch is ${batch.reason}` };
    elements.push({ kind: element.kind, batch: batch.value });
  }
  return { ok: true, value: { ...body, elements } };
}

/** The message, or a sentence that says why these bytes are not one. Never throws on what a peer sent. */
export function decodeMessage(bytes: Uint8Array): Result<Message> {
  const blob = openBlob(MESSAGE_FORMAT, MESSAGE_VERSION, bytes);
  if (!blob.ok) return blob;
  if (!Array.isArray(blob.value) || blob.value.length !== 5)
    return { ok: false, reason: 'message is not a list of five fields' };
  const [from, to, isData, kindText, body] = blob.value as readonly Value[];
  if (!isAddress(from) || !isAddress(to)) return { ok: false, reason: 'message has no addresses' };
  if (typeof isData !== 'boolean') return { ok: false, reason: 'message has no stream class' };
  if (typeof kindText !== 'string') return { ok: false, reason: 'message has no kind' };
  const kind = kinds.get(kindText);
  if (kind === undefined) return { ok: false, reason: `unknown message kind ${show(kindText)}` };
  const wrong = mismatch(messageShapes[kind], body);
  if (wrong !== null) return { ok: false, reason: `${kind} from ${show(from)}: ${wrong}` };
  const opened =
    kind === 'channel-elements'
      ? withOpenBatches(body as unknown as PackedElements)
      : { ok: true as const, value: body };
  if (!opened.ok) return { ok: false, reason: `${kind} from ${show(from)}: ${opened.reason}` };
  const streamClass = isData ? 'data' : 'control';
  return { ok: true, value: { effect: 'send', streamClass, from, to, kind, body: opened.value } as unknown as Message };
}

/** The message with its batches in the form that they had before they were bytes. */
export function messageAsBuilt(message: Message): Message {
  if (message.kind !== 'channel-elements') return message;
  const elements = message.body.elements.map((element) =>
    element.kind === 'batch' ? { ...element, batch: asBuilt(element.batch) } : element,
  );
  return { ...message, body: { ...message.body, elements } };
}

/** The empty text means nobody in states, so nobody can have it. */
function isAddress(field: Value | undefined): field is string {
  return typeof field === 'string' && field !== '';
}

/** What a peer chose, short enough for a sentence. */
function show(text: string): string {
  return JSON.stringify(text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text);
}
