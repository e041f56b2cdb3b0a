// What is on its way: messages, and requests to ports. Held ones stay in the air until a command decides what becomes of them.
import { describeMessage, describeRequest } from '../../src/core/protocol/describe.ts';
import type { Message } from '../../src/core/protocol/messages.ts';
import type { PortRequest } from '../../src/core/protocol/ports.ts';
import type { Answer } from '../core/services.ts';
import type { Caller } from '../../src/sim/service.ts';

export type Flight =
  | {
      readonly is: 'message';
      readonly message: Message;
      /** Of the sender. */
      readonly incarnation: number;
      readonly text: string;
      held: boolean;
    }
  | {
      readonly is: 'request';
      readonly caller: Caller;
      readonly request: PortRequest;
      readonly text: string;
      held: boolean;
      /** It was applied, and this is what its asker will be told. */
      answer: Answer | null;
      /** Its asker was told that nobody knows, or is dead. */
      abandoned: boolean;
    };

export type MessageFlight = Extract<Flight, { is: 'message' }>;
export type RequestFlight = Extract<Flight, { is: 'request' }>;

export function messageFlight(message: Message, incarnation: number): MessageFlight {
  const text = `${message.from} -> ${message.to} ${describeMessage(message)}`;
  return { is: 'message', message, incarnation, text, held: false };
}

export function requestFlight(caller: Caller, request: PortRequest): RequestFlight {
  const text = `${caller.node} asks ${describeRequest(request)}`;
  return { is: 'request', caller, request, text, held: false, answer: null, abandoned: false };
}

/** What a command is about: words that all occur in the line of a flight, and its two ends (`from`, `to`). */
export interface Selector {
  readonly words: readonly string[];
  readonly from: string | undefined;
  readonly to: string | undefined;
}

export function matches({ words, from, to }: Selector, flight: Flight): boolean {
  if (from !== undefined && from !== senderOf(flight)) return false;
  if (to !== undefined && (flight.is === 'request' || flight.message.to !== to)) return false;
  const tokens = flight.text.split(/\s+/).map((token) => token.replace(/[,:]$/, ''));
  return words.every((word) => tokens.includes(word));
}

export function senderOf(flight: Flight): string {
  return flight.is === 'message' ? flight.message.from : flight.caller.node;
}

/** Both belong to one stream: what is behind something there cannot arrive before it. */
export function isSameStream(a: MessageFlight, b: MessageFlight): boolean {
  const { from, to, streamClass } = a.message;
  if (a.incarnation !== b.incarnation) return false;
  return from === b.message.from && to === b.message.to && streamClass === b.message.streamClass;
}
