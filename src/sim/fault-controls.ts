// What faults can do to a world: to nodes, links and ports, never to a machine.
import { must } from '../core/base/assert.ts';
import { jumpClock, setDrift } from './clocks.ts';
import { crash } from './crash.ts';
import { mustIndexOf, ownNode, schedule, startOf } from './engine.ts';
import type { Engine } from './engine.ts';
import { block, breakStream, giveNotice, ownLink, slotOf } from './links.ts';
import { observe, rollWords } from './observe.ts';
import { APPLY, DOWN, PAUSED, RESUME, localEvent } from './records.ts';
import type { Call, SimEvent } from './records.ts';
import { troubleService } from './service-troubles.ts';
import type { FaultControls, Slow } from './world-types.ts';

/** @param stepped the node whose step is being made, or -1: it dies at the end of the step. */
export function createControls(engine: Engine, stepped: () => number): FaultControls {
  return {
    crash(address, restartAfter, disk = 'torn') {
      const index = mustIndexOf(engine, address);
      if (index !== stepped()) return crash(engine, index, restartAfter, disk);
      const node = ownNode(engine, index);
      if (node.dying !== null) return false;
      node.dying = { restartAfter, disk };
      return true;
    },
    pause: (address, forUs) => pause(engine, mustIndexOf(engine, address), forUs),
    partition(from, to, oneWay, forUs) {
      const [first, second] = [mustIndexOf(engine, from), mustIndexOf(engine, to)];
      if (first === second) return false;
      block(engine, first, second, engine.now + forUs);
      if (!oneWay) block(engine, second, first, engine.now + forUs);
      return true;
    },
    breakConnection(from, to, streamClass, notice) {
      const [sender, receiver] = [mustIndexOf(engine, from), mustIndexOf(engine, to)];
      const stream = breakStream(
        engine,
        ownLink(engine, slotOf(engine, sender, receiver, streamClass)),
        'connection-broke',
      );
      if (stream < 0) return false;
      giveNotice(engine, sender, receiver, streamClass, { outgoing: stream, incoming: -1 }, notice);
      giveNotice(engine, receiver, sender, streamClass, { outgoing: -1, incoming: stream }, notice);
      return true;
    },
    cutService: (address, service, forUs) => cutService(engine, mustIndexOf(engine, address), service, forUs),
    slowNode: (address, slow) => slowNode(engine, mustIndexOf(engine, address), slow),
    troubleService: (trouble) => troubleService(engine, trouble),
    driftClock: (address, ppm) => setDrift(engine, ownNode(engine, mustIndexOf(engine, address)), ppm),
    jumpClock: (address, byMs, which) => jumpClock(engine, ownNode(engine, mustIndexOf(engine, address)), byMs, which),
    pick: (question, n, odds) => engine.decisions.pick(engine.decisions.open(`fault/${question}`), n, odds),
  };
}

function pause(engine: Engine, index: number, forUs: number): boolean {
  const node = ownNode(engine, index);
  if (node.status >= DOWN) return false;
  node.status = PAUSED;
  node.pausedUntil = Math.max(node.pausedUntil, engine.now + forUs);
  rollWords(engine, 'pause', index, node.pausedUntil);
  schedule(engine, node.pausedUntil, localEvent(RESUME, index, node.incarnation, null));
  if (engine.settings.observed) {
    const { incarnation, pausedUntil: until } = node;
    observe(engine, { kind: 'paused', node: node.fixed.address, incarnation, until });
  }
  return true;
}

function slowNode(engine: Engine, index: number, { factor, dataUs, forUs }: Slow): boolean {
  const node = ownNode(engine, index);
  if (node.status >= DOWN || (node.slowness !== null && node.slowness.until > engine.now)) return false;
  node.slowness = { factor, dataUs, until: engine.now + forUs };
  rollWords(engine, 'slow', index, node.slowness.until);
  rollWords(engine, 'slow', factor, dataUs);
  return true;
}

function cutService(engine: Engine, index: number, service: string, forUs: number): boolean {
  const node = ownNode(engine, index);
  const { services, serviceIndexes } = engine.settings;
  const cut = must(serviceIndexes.get(service), `a service named ${service}`);
  const before = node.cuts ?? services.map(() => 0);
  node.cuts = before.with(cut, Math.max(before[cut] as number, engine.now + forUs));
  rollWords(engine, 'cut', index, cut);
  if (engine.settings.observed) {
    observe(engine, { kind: 'service-cut', node: node.fixed.address, service, until: node.cuts[cut] as number });
  }
  return true;
}

/** No new faults, and those that last end now: the rest of the run must make progress. */
export function stopFaults(engine: Engine): void {
  engine.faultsStopped = true;
  rollWords(engine, 'faults stopped', engine.now, engine.events);
  for (let index = 0; index < engine.nodes.length; index++) revive(engine, index);
  endPartitions(engine);
  engine.troubles = [];
  applyLateCalls(engine);
  if (engine.settings.observed) observe(engine, { kind: 'faults-stopped' });
}

function revive(engine: Engine, index: number): void {
  const node = ownNode(engine, index);
  node.cuts = null;
  node.slowness = null;
  setDrift(engine, node, 0);
  if (node.status === DOWN && node.incarnation > 0 && !node.isGone) schedule(engine, engine.now, startOf(node));
  if (node.status !== PAUSED) return;
  node.pausedUntil = engine.now;
  schedule(engine, engine.now, localEvent(RESUME, index, node.incarnation, null));
}

function endPartitions(engine: Engine): void {
  const { blocked, nodes } = engine;
  if (blocked === null) return;
  for (let direction = 0; direction < blocked.length; direction++) {
    if ((blocked[direction] as number) <= engine.now) continue;
    blocked[direction] = 0; // so that the new end counts, although it is earlier
    block(engine, Math.floor(direction / nodes.length), direction % nodes.length, engine.now);
  }
}

function applyLateCalls(engine: Engine): void {
  const moved = engine.heap
    .entries()
    .map((entry) => (isLateCall(entry.event) ? { ...entry, time: engine.now } : entry));
  engine.heap.replace(moved.sort((left, right) => left.time - right.time || left.sequence - right.sequence));
}

function isLateCall(event: SimEvent): boolean {
  return event.type === APPLY && (event.item as Call).late;
}
