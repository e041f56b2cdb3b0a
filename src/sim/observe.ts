// How a world is looked at: the rolling hash, observers, the trace. Nothing here changes what happens.
import type { Loss } from '../core/base/losses.ts';
import type { Envelope } from '../core/base/vocabulary.ts';
import { Hasher } from '../core/base/hasher.ts';
import { LineWriter } from '../run/trace-lines.ts';
import { ownOracles } from './engine.ts';
import type { Engine } from './engine.ts';
import { firstOf, listenersTo } from './hearing.ts';
import type { Observation } from './observation.ts';
import type { NodeRecord, OracleRecord, SimEvent } from './records.ts';

/** The world's hash is taken, with all states, after every so many events. */
export const EVENTS_PER_HASH = 1_000;

/** Shows something to all oracles that hear it, and the trace. Callers check `settings.observed` first, so that nothing is built for nobody. */
export function observe(engine: Engine, observation: Observation): void {
  const { settings } = engine;
  const listeners = listenersTo(settings.hearing, observation);
  if (listeners !== 0) {
    const records = ownOracles(engine);
    const { view } = engine;
    for (let index = firstOf(listeners, 0); index < records.length; index = firstOf(listeners, index + 1)) {
      const { state, isSilent, oracle, observe: show, violate } = records[index] as OracleRecord;
      if (!isSilent) show.call(oracle, state, observation, view, violate);
    }
  }
  if (settings.onEvent !== null) engine.observations.push(observation);
  if (settings.trace !== null) settings.trace.onLine(settings.trace.lines.write(placeOf(engine), observation));
}

/** A message was lost: observed and hashed. */
export function lose(engine: Engine, message: Envelope, why: Loss): void {
  const { settings } = engine;
  if (settings.hashed) {
    engine.hasher.value(why);
    engine.hasher.value(message.kind);
  }
  if (settings.observed) observe(engine, { kind: 'lost', message, why });
}

/** Takes a few words on what the world did by itself into the hash. */
export function rollWords(engine: Engine, what: string, first: number, second: number): void {
  if (!engine.settings.hashed) return;
  engine.hasher.value(what);
  engine.hasher.value(first);
  engine.hasher.value(second);
}

const TWO_POW_32 = 0x1_0000_0000;

/** Who is stepped, when, and by what. */
export function rollStep(engine: Engine, node: NodeRecord, event: SimEvent): void {
  const { hasher, now } = engine;
  hasher.words(now | 0, (now / TWO_POW_32) | 0, node.fixed.index, node.incarnation);
  hasher.words(event.type, event.low, event.high, event.link);
}

/** What leaves, for whom and over which link; its hash was made once. */
export function rollCarried(engine: Engine, node: number, link: number, low: number, high: number): void {
  engine.hasher.words(node, link, low, high);
}

/** The hash of something that travels, left in `carried`. */
export function hashCarried(value: unknown): Hasher {
  carried.reset();
  carried.value(value);
  return carried;
}

/** The hash of a message but for its ends and class: the slot of its link has them, and is hashed beside it, when it leaves and when it comes. */
export function hashMessage({ kind, body }: Envelope): Hasher {
  carried.reset();
  carried.tagged(kind, body);
  return carried;
}

/** Scratch: read at once by whoever asked. */
const carried = new Hasher();

/** Takes all states into a hash. */
function rollStates(engine: Engine, hasher: Hasher): void {
  for (const node of engine.nodes) {
    hasher.words(node.incarnation, node.status, 0, 0);
    hasher.value(node.state);
  }
  for (const service of engine.services) hasher.value(service.state);
}

/** The hash of everything so far and of all states, as text. */
export function worldHash(engine: Engine): string {
  if (!engine.settings.hashed) return '';
  const hasher = new Hasher();
  hasher.copyFrom(engine.hasher);
  rollStates(engine, hasher);
  return hasher.digest();
}

/** After each event: the hash of every 1,000th, and the record for whoever compares runs. */
export function endEvent(engine: Engine): void {
  const { settings, hasher, events } = engine;
  if (!settings.hashed) return;
  if (events % EVENTS_PER_HASH === 0) {
    rollStates(engine, hasher);
    engine.hashes.push(hasher.digest());
  }
  if (settings.onEvent === null) return;
  const states = () => Object.fromEntries(engine.nodes.map((node) => [node.fixed.address, node.state]));
  settings.onEvent({
    index: events,
    at: engine.now,
    hash: hasher.digest(),
    describe: () => describeEvent(engine),
    states,
  });
  engine.observations.length = 0;
}

/** What was seen of an event, as lines of a trace. */
function describeEvent(engine: Engine): string {
  const writer = new LineWriter();
  return engine.observations.map((observation) => writer.write(placeOf(engine), observation)).join('\n');
}

function placeOf({ now, events }: Engine): { readonly at: number; readonly event: number } {
  return { at: now, event: events };
}
