// Matches what was sent with what arrived or was lost. A trace names no messages, so the oldest one that is the same (kind, ends, body) is
// meant: streams are FIFO. What arrives with another body than was sent was altered on its way, and is found by its channel.
import { describeLoss } from '../../src/core/base/losses.ts';
import { Hasher } from '../../src/core/base/hasher.ts';
import type { Envelope } from '../../src/core/base/vocabulary.ts';
import type { Bodies } from '../../src/core/protocol/messages.ts';
import type { LineOf, TraceLine } from '../../src/run/trace.ts';
import { barrierIn, categoryOfMessage } from './categories.ts';
import type { Lanes } from './lanes.ts';
import { NONE } from './model.ts';
import type { Fate, Life, Message } from './model.ts';
import type { Readers } from './readers.ts';
import { shorten, shortName } from './words.ts';

/** A message while its end is looked for. */
interface Sent {
  readonly message: Envelope;
  readonly sentAt: number;
  readonly sender: number;
  endedAt: number;
  fate: Fate;
  why: string;
  receiver: number;
}

export interface Traffic {
  readonly messages: readonly Message[];
  /** What each of them was. */
  readonly envelopes: readonly Envelope[];
  /** For each step the message that it took, or NONE. */
  readonly taken: readonly number[];
}

export function matchMessages(lines: readonly TraceLine[], lanes: Lanes, readers: Readers, endAt: number): Traffic {
  const flight = createFlight(readers, endAt);
  const taken: number[] = [];
  for (const line of lines) {
    if (line.kind === 'lost') onLost(flight, line);
    if (line.kind !== 'stepped') continue;
    taken.push(onInput(flight, line, taken.length));
    for (const effect of line.effects) if (effect.effect === 'send') onSend(flight, line, effect, taken.length - 1);
  }
  const messages = flight.all.map((sent) => messageOf(sent, lanes, readers));
  return { messages, envelopes: flight.all.map(({ message }) => message), taken };
}

interface Flight {
  readonly readers: Readers;
  readonly endAt: number;
  readonly all: Sent[];
  /** Indexes of what is on its way, oldest first, by what it is, and by channel. */
  readonly bySame: Map<string, number[]>;
  readonly byChannel: Map<string, number[]>;
}

function createFlight(readers: Readers, endAt: number): Flight {
  return { readers, endAt, all: [], bySame: new Map(), byChannel: new Map() };
}

function onSend(flight: Flight, { leavesAt }: LineOf<'stepped'>, message: Envelope, sender: number): void {
  const index = flight.all.length;
  const endedAt = Math.max(flight.endAt, leavesAt);
  flight.all.push({ message, sentAt: leavesAt, sender, endedAt, fate: 'unseen', why: '', receiver: NONE });
  enqueue(flight.bySame, sameKey(message), index);
  const channel = channelKey(flight, message);
  if (channel !== null) enqueue(flight.byChannel, channel, index);
}

function onInput(flight: Flight, { at, input }: LineOf<'stepped'>, receiver: number): number {
  if (input.kind !== 'message') return NONE;
  const message: Envelope = input.message;
  const exact = takeOldest(flight, flight.bySame.get(sameKey(message)));
  if (exact !== NONE) return end(flight, exact, { at, fate: 'arrived', why: '', receiver });
  const channel = channelKey(flight, message);
  const altered = channel === null ? NONE : takeOldest(flight, flight.byChannel.get(channel));
  const why = shorten(flight.readers.texts.message(message));
  if (altered !== NONE) return end(flight, altered, { at, fate: 'altered', why, receiver });
  return arriveFromNowhere(flight, message, at, receiver);
}

/** The trace began after it was sent. */
function arriveFromNowhere(flight: Flight, message: Envelope, at: number, receiver: number): number {
  const sent = { message, sentAt: at, endedAt: at, sender: NONE, receiver };
  return flight.all.push({ ...sent, fate: 'arrived', why: 'the trace does not show who sent it' }) - 1;
}

function onLost(flight: Flight, { at, message, why }: LineOf<'lost'>): void {
  const channel = channelKey(flight, message);
  const lost = takeLost(flight, flight.bySame.get(sameKey(message)), at);
  const found = lost !== NONE || channel === null ? lost : takeLost(flight, flight.byChannel.get(channel), at);
  if (found !== NONE) end(flight, found, { at, fate: 'lost', why: describeLoss(why), receiver: NONE });
}

function end(
  { all }: Flight,
  index: number,
  { at, fate, why, receiver }: { at: number; fate: Fate; why: string; receiver: number },
): number {
  const sent = all[index] as Sent;
  sent.endedAt = Math.max(at, sent.sentAt);
  sent.fate = fate;
  sent.why = why;
  sent.receiver = receiver;
  return index;
}

/** What is lost before it left was sent last; what is lost on its way was sent first. */
function takeLost(flight: Flight, queue: number[] | undefined, at: number): number {
  if (queue === undefined) return NONE;
  const newest = queue.findLast((index) => isUnderWay(flight, index));
  if (newest === undefined) return NONE;
  if ((flight.all[newest] as Sent).sentAt < at) return takeOldest(flight, queue);
  return newest;
}

function takeOldest(flight: Flight, queue: number[] | undefined): number {
  for (let index = queue?.shift(); index !== undefined; index = queue?.shift()) {
    if (isUnderWay(flight, index)) return index;
  }
  return NONE;
}

function isUnderWay({ all }: Flight, index: number): boolean {
  const { fate, receiver } = all[index] as Sent;
  return fate === 'unseen' && receiver === NONE;
}

function enqueue(queues: Map<string, number[]>, key: string, index: number): void {
  const queue = queues.get(key);
  if (queue === undefined) queues.set(key, [index]);
  else queue.push(index);
}

const hasher = new Hasher();

/** What is sent on two streams may be the same all the same: a control and a data message of one kind are told apart by nobody who looks. */
function sameKey({ from, to, kind, body }: Envelope): string {
  hasher.reset();
  hasher.value(body);
  return `${from} ${to} ${kind} ${hasher.digest()}`;
}

/** A fault may take an element out of a frame, and renumber those behind it: kind and channel stay. */
function channelKey({ readers }: Flight, { from, to, kind, body }: Envelope): string | null {
  if (readers.guest.kind !== 'job' || !channelKinds.includes(kind)) return null;
  const { channel } = body as Bodies['channel-elements' | 'channel-status' | 'channel-credit'];
  const { jobId, epoch, edge, producer, producerAttempt, consumer, consumerAttempt } = channel;
  return [from, to, kind, jobId, epoch, edge, producer, producerAttempt, consumer, consumerAttempt].join(' ');
}

const channelKinds: readonly string[] = ['channel-elements', 'channel-status', 'channel-credit'];

function messageOf({ message, ...sent }: Sent, lanes: Lanes, { guest, texts }: Readers): Message {
  const text = texts.message(message);
  const barrier = barrierIn(guest, message);
  return {
    ...sent,
    from: lanes.indexOf(message.from),
    to: lanes.indexOf(message.to),
    text: shorten(text),
    label: barrier === NONE ? shortName(text) : `barrier ${barrier}`,
    category: categoryOfMessage(guest, message),
  };
}

/** What was sent to a process that was not there, or died before it took it, is lost, even where no line of the trace says so. */
export function settleUnseen(messages: readonly Message[], lives: readonly Life[]): Message[] {
  return messages.map((message) => {
    if (message.fate !== 'unseen') return message;
    const life = lives.find(
      ({ lane, from, to }) => lane === message.to && from <= message.sentAt && message.sentAt <= to,
    );
    if (life?.why === '') return message;
    const why = life === undefined ? 'nobody was there' : 'the receiver died';
    return { ...message, fate: 'lost', endedAt: life?.to ?? message.sentAt, why };
  });
}
