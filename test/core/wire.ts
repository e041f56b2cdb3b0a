// What becomes of a message on its way, in tests without a network.
import { decodeMessage, encodeMessage } from '../../src/core/protocol/codec.ts';
import type { Message } from '../../src/core/protocol/messages.ts';

/** As the wire would carry it; it must come out as it went in. */
export function throughCodec(message: Message): Message {
  const decoded = decodeMessage(encodeMessage(message));
  if (!decoded.ok) throw new Error(decoded.reason);
  return decoded.value;
}
