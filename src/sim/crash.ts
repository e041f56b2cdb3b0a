// Processes that die. Memory is gone; of the running step any prefix per stream and per port took effect, each stream delivers any prefix of
// what was in flight, and a request in flight is applied, is not, or will be later. Nobody else is touched.
import type { Envelope, StreamClass } from '../core/base/vocabulary.ts';
import { ownNode, ownService, schedule, startOf } from './engine.ts';
import type { Engine } from './engine.ts';
import type { HeapEntry } from './event-heap.ts';
import {
  CLASSES,
  dropInFlight,
  dropOlder,
  giveNotice,
  inFlight,
  loseHeld,
  markBroken,
  ownLink,
  slotOf,
} from './links.ts';
import { lose, observe, rollWords } from './observe.ts';
import { landLocalCalls, losePower } from './power-loss.ts';
import { APPLY, BROKEN, CLOSED, DELIVER, DOWN, HALTED, OPEN, STOP, localEvent } from './records.ts';
import type { Call, NodeRecord, SimEvent } from './records.ts';
import { NEVER } from '../core/base/machine.ts';
import type { DiskFate, Restart } from './world-types.ts';

type Entry = HeapEntry<SimEvent>;

/** Kills a process. */
export function crash(engine: Engine, index: number, restartAfter: Restart, disk: DiskFate): boolean {
  const node = ownNode(engine, index);
  if (node.status >= DOWN) return false;
  const isSent = node.dying === null && node.busyUntil <= engine.now; // else the effects of the last step have not left
  const isUnsent = (entry: Entry): boolean => !isSent && entry.sequence >= node.stepSequence;
  rollWords(engine, 'crash', index, node.incarnation);
  settleCalls(engine, node, isUnsent);
  landLocalCalls(engine, node);
  if (disk === 'torn') losePower(engine, node);
  node.isGone = restartAfter === 'never'; // observers of the stop see it
  stopProcess(engine, node, DOWN, isUnsent);
  if (typeof restartAfter === 'number') schedule(engine, engine.now + restartAfter, startOf(node));
  return true;
}

/** The process ends by itself, at the end of its step: everything it did took effect. */
export function beginHalt(engine: Engine, node: NodeRecord): void {
  node.status = HALTED;
  schedule(engine, node.busyUntil, localEvent(STOP, node.fixed.index, node.incarnation, null));
}

export function endHalt(engine: Engine, index: number, incarnation: number): boolean {
  const node = ownNode(engine, index);
  if (node.status !== HALTED || node.incarnation !== incarnation) return false;
  rollWords(engine, 'halt', index, incarnation);
  stopProcess(engine, node, HALTED, () => false);
  const { restartAfterHaltUs } = node.fixed.spec;
  if (typeof restartAfterHaltUs === 'number') schedule(engine, engine.now + restartAfterHaltUs, startOf(node));
  return true;
}

function stopProcess(engine: Engine, node: NodeRecord, status: number, isUnsent: (entry: Entry) => boolean): void {
  node.status = status;
  node.dying = null;
  loseQueue(engine, node);
  for (let index = 0; index < engine.services.length; index++) forget(engine, index, node);
  dropInFlight(
    engine,
    inFlight(engine, (event) => event.node === node.fixed.index && !isDatagram(engine, event)),
    'receiver-died',
  );
  for (let peer = 0; peer < engine.nodes.length; peer++) {
    if (peer !== node.fixed.index)
      for (const streamClass of CLASSES) closeBoth(engine, node, peer, streamClass, isUnsent);
  }
  if (engine.settings.observed) {
    const { incarnation } = node;
    observe(engine, {
      kind: 'stopped',
      node: node.fixed.address,
      incarnation,
      why: status === HALTED ? 'halt' : 'crash',
    });
  }
}

function loseQueue(engine: Engine, node: NodeRecord): void {
  for (const event of node.queue.slice(node.queueHead)) {
    if (event.type === DELIVER) lose(engine, event.item as Envelope, 'receiver-died');
  }
  node.queue = [];
  node.queueHead = 0;
  node.wakeAtMs = NEVER;
  node.wakeEventAt = NEVER;
  node.busyUntil = engine.now;
}

/** Nobody waits for answers any more. */
function forget(engine: Engine, index: number, node: NodeRecord): void {
  const record = ownService(engine, index);
  engine.settings.services[index]?.service.forget(record.state, node.fixed.address, node.incarnation);
  for (const [key, call] of record.waiting) {
    if (call.node === node.fixed.index && call.incarnation === node.incarnation) record.waiting.delete(key);
  }
}

/** It belongs to no connection: it arrives, whoever is there then. */
function isDatagram(engine: Engine, event: SimEvent): boolean {
  return engine.settings.isDatagram && event.link >= 0;
}

/** The streams between a dead node and a peer, in one class. The peer hears once of both. */
function closeBoth(
  engine: Engine,
  node: NodeRecord,
  peer: number,
  streamClass: StreamClass,
  isUnsent: (entry: Entry) => boolean,
): void {
  const dead = node.fixed.index;
  if (engine.settings.isDatagram) return keepDatagrams(engine, slotOf(engine, dead, peer, streamClass), isUnsent);
  const incoming = closeFromDead(engine, slotOf(engine, dead, peer, streamClass), isUnsent);
  const outgoing = closeToDead(engine, slotOf(engine, peer, dead, streamClass));
  giveNotice(engine, peer, dead, streamClass, { outgoing, incoming });
}

/** @returns the stream that its receiver loses, or -1. */
function closeFromDead(engine: Engine, slot: number, isUnsent: (entry: Entry) => boolean): number {
  if (engine.links[slot] === undefined) return -1;
  const link = ownLink(engine, slot);
  const { status, stream } = link;
  dropOlder(engine, link, stream, 'sender-died'); // it would have to come before what comes of the newest
  if (status === OPEN) {
    const flying = inFlight(engine, (event) => event.link === slot && event.stream === stream);
    dropInFlight(
      engine,
      flying.slice(survivors(engine, link.fixed.name, link.fixed.streamClass, flying, isUnsent)),
      'sender-died',
    );
    loseHeld(engine, link, 'sender-died');
    markBroken(engine, link, 'sender-died');
  }
  link.status = CLOSED;
  link.firstStream = stream + 1; // the next incarnation opens its own
  link.noticeDue = false;
  return status === OPEN ? stream : -1;
}

/** How many of the messages in flight arrive: by plain choice those that had left; by others any prefix. */
function survivors(
  engine: Engine,
  link: string,
  streamClass: StreamClass,
  flying: readonly Entry[],
  isUnsent: (entry: Entry) => boolean,
): number {
  const sent = flying.filter((entry) => !isUnsent(entry)).length;
  const stream = engine.decisions.open(`crash/${link}/${streamClass}`);
  return (sent + engine.decisions.pick(stream, flying.length + 1, 0.5)) % (flying.length + 1);
}

/** Of the datagrams of the running step to one peer the first few leave; by plain choice none. */
function keepDatagrams(engine: Engine, slot: number, isUnsent: (entry: Entry) => boolean): void {
  const link = engine.links[slot];
  if (link === undefined) return;
  const unsent = inFlight(engine, (event) => event.link === slot).filter(isUnsent);
  const { name, streamClass } = link.fixed;
  dropInFlight(engine, unsent.slice(decide(engine, `crash/${name}/${streamClass}`, unsent.length + 1)), 'sender-died');
}

/** @returns the stream that its sender loses, or -1. */
function closeToDead(engine: Engine, slot: number): number {
  const link = engine.links[slot];
  if (link === undefined || link.status === CLOSED || link.status === BROKEN) return -1;
  const own = ownLink(engine, slot);
  markBroken(engine, own, 'receiver-died');
  return own.stream;
}

// ---- Requests in flight

/** Decides what becomes of the requests of a dying process that were not applied yet. */
function settleCalls(engine: Engine, node: NodeRecord, isUnsent: (entry: Entry) => boolean): void {
  const entries = engine.heap.entries();
  const calls = entries
    .filter(({ event }) => isOpenCall(event, node))
    .sort((left, right) => left.sequence - right.sequence);
  if (calls.length === 0) return;
  const settled = new Map<SimEvent, Entry | null>();
  for (let index = 0; index < engine.services.length; index++) {
    const mine = calls.filter(({ event }) => (event.item as Call).service === index);
    keepPrefix(engine, node, index, mine.filter(isUnsent), settled);
    for (const entry of mine) if (!isUnsent(entry)) settled.set(entry.event, fateOfSent(engine, node, index, entry));
  }
  const after = entries.map((entry) => (settled.has(entry.event) ? (settled.get(entry.event) ?? null) : entry));
  engine.heap.replace(after.filter((entry) => entry !== null));
}

function isOpenCall(event: SimEvent, node: NodeRecord): boolean {
  return (
    event.type === APPLY &&
    event.node === node.fixed.index &&
    event.incarnation === node.incarnation &&
    !(event.item as Call).late
  );
}

function keepPrefix(
  engine: Engine,
  node: NodeRecord,
  service: number,
  unsent: readonly Entry[],
  settled: Map<SimEvent, Entry | null>,
): void {
  const kept = decide(engine, `crash/${node.fixed.address}/${nameOf(engine, service)}/step`, unsent.length + 1);
  for (const { event } of unsent.slice(kept)) settled.set(event, null);
}

/** Applied as if nothing had happened, never, or later (not by what dies with the node). A read of the dead changes nothing, so it just ends. */
function fateOfSent(engine: Engine, node: NodeRecord, service: number, entry: Entry): Entry | null {
  const call = entry.event.item as Call;
  const code = engine.settings.services[service]?.service;
  if (code?.writes(call.request) !== true) return null;
  const question = `crash/${node.fixed.address}/${nameOf(engine, service)}/request`;
  const fate = decide(engine, question, code.isLocal === true ? 2 : 3);
  if (fate === 0) return entry;
  if (fate === 1) return null;
  const late = engine.decisions.pick(
    engine.decisions.open(`${question}/late`),
    Math.max(1, engine.settings.lateApplyUs),
    1,
  );
  return { ...entry, time: engine.now + 1 + late, event: { ...entry.event, item: { ...call, late: true } } };
}

function decide(engine: Engine, question: string, n: number): number {
  return engine.decisions.pick(engine.decisions.open(question), n, 0.5);
}

function nameOf(engine: Engine, service: number): string {
  return engine.settings.services[service]?.service.name ?? '';
}
