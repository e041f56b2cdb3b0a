// Matches what was sent with what arrived or was lost. A trace names no messages, so the oldest one with the same ends and the same text is
// meant: streams are FIFO. What arrives with another text than was sent was altered on its way, and is found by its channel.
import type { Stepped, TraceLine } from '../trace/lines.ts';
import { readEffect, readInput } from '../trace/step-texts.ts';
import { categoryOfMessage } from './categories.ts';
import type { Lanes } from './lanes.ts';
import { NONE } from './model.ts';
import type { Fate, Life, Message } from './model.ts';

/** A message while its end is looked for. */
interface Sent {
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly sentAt: number;
  readonly sender: number;
  endedAt: number;
  fate: Fate;
  why: string;
  receiver: number;
}

export interface Traffic {
  readonly messages: readonly Message[];
  /** For each step the message that it took, or NONE. */
  readonly taken: readonly number[];
}

export function matchMessages(lines: readonly TraceLine[], lanes: Lanes, endAt: number): Traffic {
  const flight = createFlight(endAt);
  const taken: number[] = [];
  for (const line of lines) {
    if (line.kind === 'lost') onLost(flight, line);
    if (line.kind !== 'stepped') continue;
    taken.push(onInput(flight, line, taken.length));
    for (const text of line.effects) onEffect(flight, line, text, taken.length - 1);
  }
  return { messages: flight.all.map((sent) => messageOf(sent, lanes)), taken };
}

interface Flight {
  readonly endAt: number;
  readonly all: Sent[];
  /** Indexes of what is on its way, oldest first, by ends and text, and by ends and channel. */
  readonly byText: Map<string, number[]>;
  readonly byChannel: Map<string, number[]>;
}

function createFlight(endAt: number): Flight {
  return { endAt, all: [], byText: new Map(), byChannel: new Map() };
}

function onEffect(flight: Flight, { node, at, leavesAt }: Stepped, effectText: string, sender: number): void {
  const effect = readEffect(effectText);
  if (effect.kind !== 'send') return;
  const { to, text } = effect;
  const sentAt = leavesAt ?? at;
  const index = flight.all.length;
  flight.all.push({
    from: node,
    to,
    text,
    sentAt,
    sender,
    endedAt: Math.max(flight.endAt, sentAt),
    fate: 'unseen',
    why: '',
    receiver: NONE,
  });
  enqueue(flight.byText, textKey(node, to, text), index);
  const channel = channelKey(node, to, text);
  if (channel !== null) enqueue(flight.byChannel, channel, index);
}

function onInput(flight: Flight, { node, at, input: inputText }: Stepped, receiver: number): number {
  const input = readInput(inputText);
  if (input.kind !== 'message') return NONE;
  const { from, text } = input;
  const exact = takeOldest(flight, flight.byText.get(textKey(from, node, text)));
  if (exact !== NONE) return end(flight, exact, { at, fate: 'arrived', why: '', receiver });
  const channel = channelKey(from, node, text);
  const altered = channel === null ? NONE : takeOldest(flight, flight.byChannel.get(channel));
  if (altered !== NONE) return end(flight, altered, { at, fate: 'altered', why: text, receiver });
  return arriveFromNowhere(flight, from, node, text, at, receiver);
}

/** The trace began after it was sent. */
function arriveFromNowhere(
  flight: Flight,
  from: string,
  to: string,
  text: string,
  at: number,
  receiver: number,
): number {
  const sent = { from, to, text, sentAt: at, endedAt: at, sender: NONE, receiver };
  return flight.all.push({ ...sent, fate: 'arrived', why: 'the trace does not show who sent it' }) - 1;
}

function onLost(flight: Flight, line: Extract<TraceLine, { kind: 'lost' }>): void {
  const effect = readEffect(line.message);
  if (effect.kind !== 'send') return;
  const key = textKey(line.from, effect.to, effect.text);
  const channel = channelKey(line.from, effect.to, effect.text);
  const lost = takeLost(flight, flight.byText.get(key), line.at);
  const found = lost !== NONE || channel === null ? lost : takeLost(flight, flight.byChannel.get(channel), line.at);
  if (found !== NONE) end(flight, found, { at: line.at, fate: 'lost', why: line.why, receiver: NONE });
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

function textKey(from: string, to: string, text: string): string {
  return `${from} ${to} ${text}`;
}

const CHANNEL = /^channel-\S+ edge \d+ \S+/;

/** A fault may take an element out of a frame, and renumber those behind it: kind and channel stay. */
function channelKey(from: string, to: string, text: string): string | null {
  const channel = CHANNEL.exec(text)?.[0];
  return channel === undefined ? null : `${from} ${to} ${channel}`;
}

function messageOf({ from, to, ...sent }: Sent, lanes: Lanes): Message {
  return { ...sent, from: lanes.indexOf(from), to: lanes.indexOf(to), category: categoryOfMessage(sent.text) };
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
