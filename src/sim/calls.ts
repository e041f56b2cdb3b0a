// Requests to services on their way: applied once they are there, answered once the answer is back. Two requests of one node may overtake each other.
import type { Kinded } from '../core/base/vocabulary.ts';
import { assert, must } from '../core/base/assert.ts';
import { deepFreeze } from '../core/base/state.ts';
import type { Failed } from '../core/base/vocabulary.ts';
import { ownService, schedule } from './engine.ts';
import type { Engine } from './engine.ts';
import { hashCarried, observe, rollCarried } from './observe.ts';
import type { TimeUs } from './observation.ts';
import { ANSWER, APPLY, DOWN } from './records.ts';
import type { Answer, Call, NodeRecord, ServiceRecord, SimEvent } from './records.ts';
import type { Caller, Completion } from './service.ts';
import type { FixedService } from './settings.ts';
import type { Latency } from './world-types.ts';

/** Sends a request on its way to be applied. */
export function scheduleCall(engine: Engine, call: Call, leavesAt: TimeUs, extraUs: number): void {
  const { service, latency, requestDelays } = serviceOf(engine, call.service);
  const delay = delayOf(
    engine,
    latency,
    requestDelays[call.node]?.of(call.request.kind) as number,
    service.sizeOf(call.request),
  );
  scheduleApply(engine, call, leavesAt + delay + extraUs);
}

/** As `scheduleCall`, at a time of its own. */
export function scheduleApply(engine: Engine, call: Call, time: TimeUs): void {
  const { node, incarnation } = call;
  schedule(engine, time, {
    type: APPLY,
    node,
    incarnation,
    link: -1,
    stream: 0,
    item: call,
    low: 0,
    high: 0,
  });
}

function delayOf(engine: Engine, latency: Latency, stream: number, sizeBytes: number): number {
  const bytes = latency.bytesPerUs === undefined ? 0 : Math.ceil(sizeBytes / latency.bytesPerUs);
  return latency.latencyUs + bytes + engine.decisions.pick(stream, latency.jitterUs + 1, 1);
}

/** A request is there: the service applies it, and whoever's request completes by it is answered. */
export function applyCall(engine: Engine, call: Call): void {
  const record = ownService(engine, call.service);
  const { service } = serviceOf(engine, call.service);
  const caller = callerOf(engine, call);
  const completions =
    call.strike === null
      ? service.apply(record.state, call.request, caller, engine.now)
      : applyStruck(service, record.state, call, caller, engine.now);
  let atOnce = completions.some((completion) => completion.caller === caller); // as most are
  if (!atOnce) record.waiting.set(keyOf(caller), call);
  if (engine.settings.hashed) {
    engine.hasher.value(engine.now);
    engine.hasher.value(call.request.kind);
    engine.hasher.value(caller);
  }
  for (const completion of completions) {
    const isOwn = atOnce && completion.caller === caller;
    if (isOwn) atOnce = false; // a second answer finds nobody who waits
    complete(engine, isOwn ? call : takeWaiting(engine, call.service, record, completion.caller), completion);
  }
  const current = engine.nodes[call.node] as NodeRecord;
  if (current.incarnation !== call.incarnation || current.status >= DOWN) bury(service, record, caller);
}

function applyStruck(
  service: FixedService['service'],
  state: unknown,
  { request, strike }: Call,
  caller: Caller,
  now: TimeUs,
): readonly Completion[] {
  assert(service.applyStruck !== undefined, () => `the ${service.name} service knows no faults of its own`);
  return service.applyStruck(state, request, caller, now, must(strike, 'a fault that strikes'));
}

/** A dead process waits for nothing. */
function bury(service: FixedService['service'], record: ServiceRecord, caller: Caller): void {
  service.forget(record.state, caller.node, caller.incarnation);
  record.waiting.delete(keyOf(caller));
}

/** A call that was applied before, and is answered only now. */
function takeWaiting(engine: Engine, service: number, record: ServiceRecord, caller: Caller): Call {
  const key = keyOf(caller);
  const call = record.waiting.get(key);
  assert(
    call !== undefined,
    () => `${serviceOf(engine, service).service.name} answered ${key}, which waits for nothing`,
  );
  record.waiting.delete(key);
  return call;
}

function complete(engine: Engine, call: Call, { caller, answer, afterUs = 0 }: Completion): void {
  if (engine.settings.frozen) deepFreeze(answer);
  if (engine.settings.observed) {
    const { node, incarnation, request: id } = caller;
    observe(engine, { kind: 'applied', node, incarnation, id, request: call.request, answer });
  }
  const { service: code, latency, answerDelays } = serviceOf(engine, call.service);
  const writes = code.writes(call.request);
  const delay = delayOf(engine, latency, answerDelays[call.node]?.of(answer.kind) as number, 0);
  if (call.unanswered) rollAnswer(engine, answer);
  else
    scheduleAnswer(
      engine,
      call,
      { service: call.service, id: call.id, answer, writes, local: false },
      engine.now + delay + afterUs,
    );
}

function rollAnswer(engine: Engine, answer: object): void {
  if (engine.settings.hashed) engine.hasher.value(answer);
}

/** Sends an answer on its way back; it is hashed here, once. */
export function scheduleAnswer(engine: Engine, call: Call, answer: Answer, time: TimeUs): void {
  let low = 0;
  let high = 0;
  if (engine.settings.hashed) ({ low, high } = hashCarried(answer.answer));
  const { node, incarnation } = call;
  const event: SimEvent = {
    type: ANSWER,
    node,
    incarnation,
    link: -1,
    stream: 0,
    item: answer,
    low,
    high,
  };
  if (engine.settings.hashed) rollCarried(engine, node, event.link, low, high);
  schedule(engine, time, event);
}

/** The answer as the node gets it: while it is cut off from the service, a failure takes the place of what it cannot hear. */
export function heardAnswer(engine: Engine, node: NodeRecord, answer: Answer): Answer {
  if (answer.local || !isCutOff(engine, node, answer.service)) return answer;
  return { ...answer, answer: failed(answer.writes ? 'unknown' : 'not-applied', { kind: 'disconnected' }) };
}

export function isCutOff(engine: Engine, node: NodeRecord, service: number): boolean {
  return node.cuts !== null && (node.cuts[service] as number) > engine.now;
}

export function failed(outcome: Failed['outcome'], reason: Kinded): Failed {
  return { kind: 'failed', outcome, reason };
}

export function serviceOf(engine: Engine, index: number): FixedService {
  return engine.settings.services[index] as FixedService;
}

function callerOf(engine: Engine, call: Call): Caller {
  return {
    node: (engine.nodes[call.node] as NodeRecord).fixed.address,
    incarnation: call.incarnation,
    request: call.id,
  };
}

/** By this a service knows a call that waits. */
export function keyOf(caller: Caller): string {
  return `${caller.node}/${caller.incarnation}/${caller.request}`;
}
