// The loop of a world: takes the next event, moves the clock there, and lets it happen.
import { applyCall } from './calls.ts';
import { endHalt } from './crash.ts';
import type { Engine } from './engine.ts';
import type { HeapEntry } from './event-heap.ts';
import { acceptNotice, getsThrough, heal, replaceOlder } from './links.ts';
import { arrive, resume, start, takeTurn, wakeUp } from './nodes.ts';
import { endEvent } from './observe.ts';
import { noteRefused } from './own-step.ts';
import { ANSWER, APPLY, DELIVER, HEAL, NOTICE, RESUME, RUNNING, START, STOP, TURN, WAKE } from './records.ts';
import type { Call, NodeRecord, Notice, SimEvent } from './records.ts';
import type { RunBounds, RunOutcome } from './world-types.ts';

export function run(engine: Engine, bounds: RunBounds): RunOutcome {
  const untilUs = bounds.untilUs ?? Number.POSITIVE_INFINITY;
  const untilEvents = bounds.untilEvents ?? Number.POSITIVE_INFINITY;
  const { stopWhen } = bounds;
  try {
    for (;;) {
      if (engine.thrown !== null) return 'threw';
      if (engine.events >= untilEvents) return 'until';
      const time = engine.heap.nextTime();
      if (time === Number.POSITIVE_INFINITY) return 'idle';
      if (time > untilUs) {
        engine.now = Math.max(engine.now, untilUs);
        return 'until';
      }
      if (next(engine) && stopWhen !== undefined && stopWhen(engine.view)) return 'stopped';
    }
  } catch (error) {
    noteThrown(engine, error);
    return 'threw';
  }
}

/** One event, stale ones apart. False if there is none, or if a machine threw. */
export function stepOnce(engine: Engine): boolean {
  try {
    while (engine.thrown === null && engine.heap.size > 0) if (next(engine)) return true;
  } catch (error) {
    noteThrown(engine, error);
  }
  return false;
}

/** Lets one event of the heap happen, whatever else is due. False if it was stale, or if a machine threw. */
export function stepOut(engine: Engine, sequence: number): boolean {
  try {
    return proceed(engine, engine.heap.takeOut(sequence));
  } catch (error) {
    noteThrown(engine, error);
    return false;
  }
}

/** Takes one event out of the heap as if it had happened, but for what the node makes of it. */
export function takeOnly(engine: Engine, sequence: number): void {
  const event = engine.heap.takeOut(sequence);
  engine.now = Math.max(engine.now, engine.heap.takenTime);
  if (event.type === DELIVER && getsThrough(engine, event)) replaceOlder(engine, event);
}

/** What a machine throws ends the run; anything else is a bug of the world or of a guest, and is thrown on. */
function noteThrown(engine: Engine, error: unknown): void {
  const { steppedNode, steppedInput } = engine;
  if (steppedNode === null || steppedInput === null) throw error;
  engine.steppedNode = null;
  engine.picks = null;
  engine.out.clear();
  engine.events += 1;
  const { incarnation, fixed } = steppedNode;
  noteRefused(engine, steppedNode, steppedInput);
  engine.thrown = { node: fixed.address, incarnation, at: engine.now, input: steppedInput, error };
}

/** Lets the next event happen. False if it was stale: then nothing changed, not even the time. */
function next(engine: Engine): boolean {
  return proceed(engine, engine.decisions.ordersEvents ? choose(engine) : engine.heap.take());
}

function proceed(engine: Engine, event: SimEvent): boolean {
  const before = engine.now;
  if (engine.heap.takenTime > before) engine.now = engine.heap.takenTime;
  if (!happen(engine, event)) {
    engine.now = before;
    return false;
  }
  engine.events += 1;
  endEvent(engine);
  return true;
}

function happen(engine: Engine, event: SimEvent): boolean {
  switch (event.type) {
    case DELIVER:
      if (!getsThrough(engine, event)) return true;
      replaceOlder(engine, event);
      return arrive(engine, event);
    case TURN:
      return takeTurn(engine, event.node);
    case WAKE:
      return wakeUp(engine, event.node);
    case APPLY:
      applyCall(engine, event.item as Call);
      return true;
    case ANSWER:
      return arrive(engine, event);
    case NOTICE:
      return (
        isPresent(engine, event) && acceptNotice(engine, event.node, event.item as Notice) && arrive(engine, event)
      );
    case START:
      return start(engine, event);
    case STOP:
      return endHalt(engine, event.node, event.incarnation);
    case RESUME:
      return resume(engine, event);
    default:
      return event.type === HEAL && heal(engine, event.node, event.link);
  }
}

function isPresent(engine: Engine, event: SimEvent): boolean {
  const node = engine.nodes[event.node] as NodeRecord;
  return node.incarnation === event.incarnation;
}

/** Takes the event that the decisions choose among the enabled ones; they stay in order inside a stream. */
function choose(engine: Engine): SimEvent {
  const first = engine.heap.first();
  // What is stale is never chosen. Left at the top it would hide from `run` that the bound is reached.
  if (first !== null && isStale(engine, first.time, first.event)) return engine.heap.take();
  const enabled = enabledEvents(engine);
  if (enabled.length <= 1) return engine.heap.take();
  const chosen = enabled[engine.decisions.pick(engine.schedule, enabled.length, 0)] as HeapEntry<SimEvent>;
  return engine.heap.takeOut(chosen.sequence);
}

/** All events that could be next, in the order in which they are due. */
export function enabledEvents(engine: Engine): HeapEntry<SimEvent>[] {
  const streams = new Set<string>();
  return engine.heap.entries().filter(({ time, event }) => {
    if (isStale(engine, time, event)) return false;
    if (event.type !== DELIVER || (event.link >= 0 && engine.settings.isDatagram)) return true;
    const stream = `${event.node}/${event.link}/${event.stream}`;
    const isHead = !streams.has(stream);
    streams.add(stream);
    return isHead;
  });
}

function isStale(engine: Engine, time: number, event: SimEvent): boolean {
  const node = engine.nodes[event.node] as NodeRecord;
  if (event.type === TURN) return node.status !== RUNNING;
  if (event.type === WAKE) return node.wakeEventAt !== time;
  return (event.type === START || event.type === ANSWER) && node.incarnation !== event.incarnation;
}
