// Links between nodes, and the streams on them: FIFO, at most once, opened by the first send, broken by faults.
import type { Loss } from '../core/base/losses.ts';
import type { Envelope, StreamClass } from '../core/base/vocabulary.ts';
import type { Engine } from './engine.ts';
import { schedule } from './engine.ts';
import type { HeapEntry } from './event-heap.ts';
import { KindStreams } from './kind-streams.ts';
import { lose, observe, rollWords } from './observe.ts';
import { BROKEN, CLOSED, DELIVER, DOWN, HEAL, NOTICE, OPEN, localEvent } from './records.ts';
import type { FixedLink, LinkRecord, NodeRecord, Notice as NoticeItem, SimEvent } from './records.ts';
import type { Notice } from './world-types.ts';

export const CLASSES: readonly StreamClass[] = ['control', 'data'];

export function slotOf(engine: Engine, from: number, to: number, streamClass: StreamClass): number {
  return (from * engine.nodes.length + to) * 2 + (streamClass === 'data' ? 1 : 0);
}

/** The link of a slot, to be changed by this world alone; made when it is first needed. */
export function ownLink(engine: Engine, slot: number): LinkRecord {
  const link = engine.links[slot];
  if (link !== undefined && link.owner === engine.owner) return link;
  const own: LinkRecord = link === undefined ? createLink(engine, slot) : { ...link, owner: engine.owner };
  while (engine.links.length < slot) engine.links.push(undefined);
  engine.links[slot] = own;
  return own;
}

/** Everything about the link of a slot that never changes. */
export function fixedLinkAt(engine: Engine, slot: number): FixedLink {
  const pair = slot >> 1;
  const from = Math.floor(pair / engine.nodes.length);
  const to = pair % engine.nodes.length;
  const name = `${addressOf(engine, from)}>${addressOf(engine, to)}`;
  return {
    slot,
    from,
    to,
    streamClass: CLASSES[slot & 1] as StreamClass,
    name,
    delays: new KindStreams(engine.decisions, `delay/${name}/`),
  };
}

function createLink(engine: Engine, slot: number): LinkRecord {
  return {
    owner: engine.owner,
    fixed: fixedLinkAt(engine, slot),
    status: CLOSED,
    stream: 0,
    firstStream: 1,
    heardStream: 0,
    lastArrivalAt: 0,
    lineFreeAt: 0,
    held: [],
    noticeDue: false,
  };
}

export function addressOf(engine: Engine, index: number): string {
  return (engine.nodes[index] as NodeRecord).fixed.address;
}

/** Makes a decision about a link on a stream of its own: `<question>/jm-1>tm-2/control`. */
function decide(engine: Engine, question: string, link: LinkRecord, n: number, odds: number): number {
  const { name, streamClass } = link.fixed;
  return engine.decisions.pick(engine.decisions.open(`${question}/${name}/${streamClass}`), n, odds);
}

// ---- Breaking

/**
 * Breaks the open stream of a link. Of what is in flight a prefix arrives: a decision, 0 is all of it. Nobody hears of it by this alone.
 * @returns the stream that broke, or -1 if none was open.
 */
export function breakStream(engine: Engine, link: LinkRecord, why: Loss): number {
  if (link.status !== OPEN) return -1;
  const flying = inFlight(engine, (event) => event.link === link.fixed.slot && event.stream === link.stream);
  const lost = decide(engine, 'break', link, flying.length + 1, 0.5);
  dropInFlight(engine, flying.slice(flying.length - lost), why);
  markBroken(engine, link, why);
  return link.stream;
}

/** The stream is gone, and what a partition held back with it. */
export function markBroken(engine: Engine, link: LinkRecord, why: Loss): void {
  link.status = BROKEN;
  link.noticeDue = false;
  loseHeld(engine, link, why);
  const { from, to, streamClass, slot } = link.fixed;
  rollWords(engine, 'broke', slot, link.stream);
  if (!engine.settings.observed) return;
  observe(engine, { kind: 'connection-broke', from: addressOf(engine, from), to: addressOf(engine, to), streamClass });
}

export function loseHeld(engine: Engine, link: LinkRecord, why: Loss): void {
  for (const { event } of link.held) lose(engine, event.item as Envelope, why);
  link.held = [];
}

/** Events of messages on their way, in the order in which they were sent. */
export function inFlight(engine: Engine, matches: (event: SimEvent) => boolean): HeapEntry<SimEvent>[] {
  return engine.heap
    .entries()
    .filter(({ event }) => event.type === DELIVER && matches(event))
    .sort((left, right) => left.sequence - right.sequence);
}

/** Takes messages out of the world. */
export function dropInFlight(engine: Engine, dropped: readonly HeapEntry<SimEvent>[], why: Loss): void {
  if (dropped.length === 0) return;
  const gone = new Set(dropped.map(({ event }) => event));
  engine.heap.replace(engine.heap.entries().filter(({ event }) => !gone.has(event)));
  for (const { event } of dropped) lose(engine, event.item as Envelope, why);
}

/** Something of a stream arrived: its receiver reads nothing more of what it took the place of. */
export function replaceOlder(engine: Engine, { link: slot, stream }: SimEvent): void {
  if (slot < 0) return;
  const { firstStream, heardStream } = engine.links[slot] as LinkRecord;
  if (stream <= heardStream || stream < firstStream) return;
  const link = ownLink(engine, slot);
  link.heardStream = stream;
  dropOlder(engine, link, stream, 'replaced');
}

/** Takes out of the world what is in flight in streams of the same process before this one. */
export function dropOlder(
  engine: Engine,
  { fixed: { slot }, firstStream }: LinkRecord,
  stream: number,
  why: Loss,
): void {
  if (stream === firstStream) return;
  const isOlder = (event: SimEvent): boolean =>
    event.link === slot && event.stream >= firstStream && event.stream < stream;
  dropInFlight(engine, inFlight(engine, isOlder), why);
}

// ---- Notices

const NOTICES: readonly Notice[] = ['soon', 'late', 'never'];

/**
 * Lets one side of a broken connection hear of it: soon, late or never (half-open), by decision unless it is given.
 * @param outgoing the broken stream to the peer, -1: none; @param incoming that from the peer.
 */
export function giveNotice(
  engine: Engine,
  node: number,
  peer: number,
  streamClass: StreamClass,
  broken: { outgoing: number; incoming: number },
  given?: Notice,
): void {
  if ((engine.nodes[node] as NodeRecord).status >= DOWN || (broken.outgoing < 0 && broken.incoming < 0)) return;
  const question = `notice/${addressOf(engine, node)}/${addressOf(engine, peer)}/${streamClass}`;
  const { decisions, settings } = engine;
  const notice = given ?? NOTICES[decisions.pick(decisions.open(question), NOTICES.length, 0.5)];
  if (notice === 'never') return;
  const late =
    notice === 'soon'
      ? 0
      : 1 + decisions.pick(decisions.open(`${question}/late`), Math.max(1, settings.lateNoticeUs), 1);
  scheduleNotice(engine, node, peer, streamClass, broken, late);
}

function scheduleNotice(
  engine: Engine,
  node: number,
  peer: number,
  streamClass: StreamClass,
  broken: { outgoing: number; incoming: number },
  lateUs: number,
): void {
  if (broken.outgoing >= 0) ownLink(engine, slotOf(engine, node, peer, streamClass)).noticeDue = true;
  const heardAt = engine.now + engine.settings.latencies[0].latencyUs + lateUs;
  const arrivedAt =
    broken.incoming < 0 ? 0 : (engine.links[slotOf(engine, peer, node, streamClass)]?.lastArrivalAt ?? 0);
  const item: NoticeItem = { peer: addressOf(engine, peer), streamClass, ...broken };
  const { incarnation } = engine.nodes[node] as NodeRecord;
  schedule(engine, Math.max(heardAt, arrivedAt), localEvent(NOTICE, node, incarnation, item));
}

/** A peer that lives and is within reach resets a stream that it does not know: the sender hears of it. */
export function resetByPeer(engine: Engine, link: LinkRecord): void {
  const { from, to, streamClass } = link.fixed;
  const peer = engine.nodes[to] as NodeRecord;
  if (link.noticeDue || peer.status >= DOWN || isBlocked(engine, from, to) || isBlocked(engine, to, from)) return;
  scheduleNotice(engine, from, to, streamClass, { outgoing: link.stream, incoming: -1 }, 0);
}

/** Whether a notice still says something; its sender may open a new stream from now on. */
export function acceptNotice(engine: Engine, node: number, notice: NoticeItem): boolean {
  if (!isNews(engine, node, notice)) return false;
  const outgoing = outgoingOf(engine, node, notice);
  if (!isBrokenStream(outgoing, notice)) return true;
  const link = ownLink(engine, outgoing.fixed.slot);
  link.status = CLOSED;
  link.noticeDue = false;
  return true;
}

/** Whether a notice would say something now. What says nothing never will again. */
export function isNews(engine: Engine, node: number, notice: NoticeItem): boolean {
  if (isBrokenStream(outgoingOf(engine, node, notice), notice)) return true;
  const peer = engine.settings.indexes.get(notice.peer) as number;
  const incoming = engine.links[slotOf(engine, peer, node, notice.streamClass)];
  return notice.incoming >= 0 && incoming?.stream === notice.incoming; // else a newer stream replaced it
}

function outgoingOf(engine: Engine, node: number, { peer, streamClass }: NoticeItem): LinkRecord | undefined {
  return engine.links[slotOf(engine, node, engine.settings.indexes.get(peer) as number, streamClass)];
}

function isBrokenStream(link: LinkRecord | undefined, { outgoing }: NoticeItem): link is LinkRecord {
  return outgoing >= 0 && link?.stream === outgoing && link.status === BROKEN;
}

// ---- Partitions

function isBlocked(engine: Engine, from: number, to: number): boolean {
  return engine.blocked !== null && (engine.blocked[from * engine.nodes.length + to] as number) > engine.now;
}

/** Nothing from `from` reaches `to` until then. */
export function block(engine: Engine, from: number, to: number, until: number): void {
  engine.blocked ??= new Float64Array(engine.nodes.length ** 2);
  const direction = from * engine.nodes.length + to;
  if ((engine.blocked[direction] as number) >= until) return;
  engine.blocked[direction] = until;
  rollWords(engine, 'blocked', direction, until);
  if (engine.settings.observed && until > engine.now)
    observe(engine, { kind: 'partitioned', from: addressOf(engine, from), to: addressOf(engine, to), until });
  schedule(engine, until, { ...localEvent(HEAL, from, 0, null), link: to });
}

/** A partition is over, if it was not made longer: what it held back arrives. */
export function heal(engine: Engine, from: number, to: number): boolean {
  if (engine.blocked === null || !isHealedAt(engine, from, to, engine.now)) return false;
  engine.blocked[from * engine.nodes.length + to] = 0;
  for (const streamClass of CLASSES) release(engine, slotOf(engine, from, to, streamClass));
  if (engine.blocked.every((until) => until === 0)) engine.blocked = null;
  return true;
}

/** Whether a partition that is there ends at this moment, or should have ended before. */
export function isHealedAt({ blocked, nodes }: Engine, from: number, to: number, at: number): boolean {
  const until = blocked?.[from * nodes.length + to] ?? 0;
  return until !== 0 && until <= at;
}

/** With their old sequence numbers they stay before what was sent behind them. */
function release(engine: Engine, slot: number): void {
  if ((engine.links[slot]?.held.length ?? 0) === 0) return;
  const link = ownLink(engine, slot);
  for (const { sequence, event } of link.held) engine.heap.push(engine.now, sequence, event);
  link.held = [];
}

/** Whether a message that is due gets through. A partition holds its stream back, or breaks it: a decision. */
export function getsThrough(engine: Engine, event: SimEvent): boolean {
  if (engine.blocked === null || event.link < 0) return true;
  const current = engine.links[event.link] as LinkRecord;
  if (engine.settings.isDatagram) return getsThroughAlone(engine, current, event);
  const behindHeld = current.held.length > 0 && current.stream === event.stream; // it healed at this very moment
  if (!behindHeld && !isBlocked(engine, current.fixed.from, current.fixed.to)) return true;
  const link = ownLink(engine, event.link);
  if (link.status !== OPEN || link.stream !== event.stream) lose(engine, event.item as Envelope, 'partition');
  else if (link.held.length > 0 || decide(engine, 'partition', link, 2, 0.5) === 0) hold(engine, link, event);
  else cutOff(engine, link, event);
  return false;
}

/** A partition keeps no datagram. */
function getsThroughAlone(engine: Engine, { fixed }: LinkRecord, event: SimEvent): boolean {
  if (!isBlocked(engine, fixed.from, fixed.to)) return true;
  lose(engine, event.item as Envelope, 'partition');
  return false;
}

function hold(engine: Engine, link: LinkRecord, event: SimEvent): void {
  link.held = [...link.held, { sequence: engine.heap.takenSequence, event }];
}

/** The connection times out in the partition: the message and all behind it are lost. */
function cutOff(engine: Engine, link: LinkRecord, event: SimEvent): void {
  const { from, to, streamClass, slot } = link.fixed;
  const { stream } = link;
  lose(engine, event.item as Envelope, 'partition');
  dropInFlight(
    engine,
    inFlight(engine, (other) => other.link === slot && other.stream === stream),
    'partition',
  );
  markBroken(engine, link, 'partition');
  giveNotice(engine, from, to, streamClass, { outgoing: stream, incoming: -1 });
  giveNotice(engine, to, from, streamClass, { outgoing: -1, incoming: stream });
}

/** A message came to a process that is not there: the connection is refused. */
export function refuse(engine: Engine, event: SimEvent): void {
  lose(engine, event.item as Envelope, 'nobody-there');
  if (event.link < 0) return;
  const current = engine.links[event.link] as LinkRecord;
  if (current.status !== OPEN || current.stream !== event.stream) return;
  const link = ownLink(engine, event.link);
  markBroken(engine, link, 'nobody-there');
  const { from, to, streamClass } = link.fixed;
  giveNotice(engine, from, to, streamClass, { outgoing: link.stream, incoming: -1 });
}
