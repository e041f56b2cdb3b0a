// Messages that leave a node: what happens to them before they are in flight.
import { assert } from '../core/base/assert.ts';
import { deepFreeze, describeState, diffStates } from '../core/base/state.ts';
import type { Envelope } from '../core/base/vocabulary.ts';
import { ownPlan, schedule } from './engine.ts';
import type { Engine } from './engine.ts';
import { askRules, rulesAt } from './fault-points.ts';
import { ownLink, resetByPeer } from './links.ts';
import { hashMessage, lose, rollCarried } from './observe.ts';
import type { TimeUs } from './observation.ts';
import { BROKEN, CLOSED, DELIVER, OPEN } from './records.ts';
import type { LinkRecord, NodeRecord } from './records.ts';
import type { RulesOfKind } from './settings.ts';
import type { FaultPlan, Latency } from './world-types.ts';

const SELF_DATA = -2; // in the hash alone: where -1 stands for control

/** Sends one message of a step. */
export function sendMessage(engine: Engine, node: NodeRecord, sent: Envelope, leavesAt: TimeUs): void {
  const from = node.fixed.index;
  const to = engine.settings.indexes.get(sent.to) ?? -1;
  if (engine.settings.frozen) deepFreeze(sent);
  if (to === from) return deliverToSelf(engine, node, sent, leavesAt);
  const asked = rulesAt(engine, 'send', sent.kind);
  if (asked.rules.length > 0) return sendUnderFaults(engine, node, to, sent, leavesAt, asked);
  const travelling = prepared(engine, to, sent);
  if (travelling !== null) travel(engine, from, to, travelling, leavesAt, 0);
}

function sendUnderFaults(
  engine: Engine,
  { fixed }: NodeRecord,
  to: number,
  sent: Envelope,
  leavesAt: TimeUs,
  asked: RulesOfKind,
): void {
  const { index: from, address: node } = fixed;
  const verdict = askRules(engine, asked, from, { at: 'send', node, kind: sent.kind, message: sent });
  if (verdict.dropped) return lose(engine, sent, 'struck');
  const travelling = prepared(engine, to, verdict.replacement ?? sent);
  if (travelling === null) return;
  travel(engine, from, to, travelling, leavesAt, verdict.extraUs);
  for (const copyUs of verdict.copiesUs) travel(engine, from, to, travelling, leavesAt, copyUs);
}

/** What travels; null if that is nothing. */
function prepared(engine: Engine, to: number, message: Envelope): Envelope | null {
  const { faults, codec } = engine.settings;
  const passed = faults?.filter === undefined ? message : filtered(engine, faults, message);
  if (passed === null) return null;
  if (to < 0) return loseUnaddressed(engine, passed);
  return codec === null ? passed : throughCodec(engine, passed);
}

function filtered(engine: Engine, faults: FaultPlan, message: Envelope): Envelope | null {
  const passed = faults.filter?.(ownPlan(engine), message, engine.now) ?? null;
  if (passed === null) lose(engine, message, 'filtered');
  return passed;
}

function loseUnaddressed(engine: Engine, message: Envelope): null {
  lose(engine, message, 'no-such-address');
  return null;
}

function throughCodec(engine: Engine, message: Envelope): Envelope {
  const { codec } = engine.settings;
  if (codec === null) return message;
  const copy = codec.decode(codec.encode(message));
  const difference = diffStates(message, copy);
  assert(difference === null, () => `the codec changes ${message.kind}: ${describeState(difference)}`);
  return deepFreeze(copy);
}

/** No network lies between: at once, and never lost while the process lives. */
function deliverToSelf(engine: Engine, node: NodeRecord, message: Envelope, leavesAt: TimeUs): void {
  launch(engine, node.fixed.index, node.incarnation, -1, message, leavesAt);
}

function travel(engine: Engine, from: number, to: number, message: Envelope, leavesAt: TimeUs, extraUs: number): void {
  const isData = message.streamClass === 'data';
  const slot = (from * engine.nodes.length + to) * 2 + (isData ? 1 : 0);
  const current = engine.links[slot];
  const link = current !== undefined && current.owner === engine.owner ? current : ownLink(engine, slot);
  if (link.status === CLOSED && !engine.settings.isDatagram) openStream(link);
  if (link.status === BROKEN) {
    lose(engine, message, 'connection-broken');
    return resetByPeer(engine, link);
  }
  const latency = engine.settings.latencies[isData ? 1 : 0];
  const { latencyUs, jitterUs, bytesPerUs } = latency;
  let delay = latencyUs + extraUs + engine.decisions.pick(link.fixed.delays.of(message.kind), jitterUs + 1, 1);
  if (isData) delay += slownessOf(engine, from) + slownessOf(engine, to);
  if (bytesPerUs !== undefined) delay += lineTime(engine, link, message, leavesAt, latency);
  const arrivesAt = engine.settings.isDatagram ? leavesAt + delay : Math.max(leavesAt + delay, link.lastArrivalAt);
  link.lastArrivalAt = arrivesAt;
  launch(engine, to, 0, slot, message, arrivesAt);
}

/** How much longer data of a node takes. */
function slownessOf({ nodes, now }: Engine, node: number): number {
  const slowness = nodes[node]?.slowness ?? null;
  return slowness === null || slowness.until <= now ? 0 : slowness.dataUs;
}

/** The first send opens a stream. At the receiver it takes the place of an older one of this process; with one of its predecessor it is unordered. */
function openStream(link: LinkRecord): void {
  link.status = OPEN;
  link.stream += 1;
  link.lastArrivalAt = 0;
  link.lineFreeAt = 0;
  link.noticeDue = false;
}

/** How long a message waits for the line and occupies it. */
function lineTime(engine: Engine, link: LinkRecord, message: Envelope, leavesAt: TimeUs, latency: Latency): number {
  const takes = Math.ceil(engine.settings.sizeOf(message) / (latency.bytesPerUs ?? 1));
  link.lineFreeAt = Math.max(link.lineFreeAt, leavesAt) + takes;
  return link.lineFreeAt - leavesAt;
}

/** Puts a message in flight; it is hashed here, once. @param link its slot; -1: to the node itself. */
function launch(
  engine: Engine,
  node: number,
  incarnation: number,
  link: number,
  item: Envelope,
  arrivesAt: TimeUs,
): void {
  const stream = link < 0 ? 0 : (engine.links[link] as LinkRecord).stream;
  if (!engine.settings.hashed) {
    schedule(engine, arrivesAt, { type: DELIVER, node, incarnation, link, stream, item, low: 0, high: 0 });
    return;
  }
  const { low, high } = hashMessage(item);
  const slot = link < 0 && item.streamClass === 'data' ? SELF_DATA : link;
  rollCarried(engine, node, slot, low, high);
  schedule(engine, arrivesAt, { type: DELIVER, node, incarnation, link, stream, item, low, high });
}
