// Requests that leave a node for a service, and what faults make of them.
import type { Kinded } from '../core/base/vocabulary.ts';
import { assert } from '../core/base/assert.ts';
import type { RequestEffect } from '../core/base/outbox.ts';
import { deepFreeze } from '../core/base/state.ts';
import { failed, isCutOff, scheduleAnswer, scheduleApply, scheduleCall, serviceOf } from './calls.ts';
import type { Engine } from './engine.ts';
import { askRules, rulesAt } from './fault-points.ts';
import type { TimeUs } from './observation.ts';
import type { Call, NodeRecord, ServiceTrouble } from './records.ts';
import { troubleOf } from './service-troubles.ts';

/** Sends one request of a step. */
export function sendRequest(engine: Engine, node: NodeRecord, effect: RequestEffect, leavesAt: TimeUs): void {
  const request = effect.request as { readonly kind: string };
  const service = engine.settings.serviceOfKind.get(request.kind);
  assert(service !== undefined, () => `no service serves ${request.kind}`);
  if (engine.settings.frozen) deepFreeze(request);
  if (engine.settings.hashed) {
    engine.hasher.value(effect.id);
    engine.hasher.value(request);
  }
  const { index, address } = node.fixed;
  const call: Call = {
    service,
    node: index,
    incarnation: node.incarnation,
    id: effect.id,
    request,
    unanswered: false,
    late: false,
    strike: null,
  };
  if (isCutOff(engine, node, service)) return failCutOff(engine, node, call, leavesAt);
  const { kind } = request;
  const trouble = troubleOf(engine, call);
  if (trouble !== null) return sendInTrouble(engine, call, leavesAt, trouble);
  const asked = rulesAt(engine, 'request', kind);
  if (asked.rules.length === 0) return scheduleCall(engine, call, leavesAt, 0);
  const { service: code } = serviceOf(engine, service);
  const writes = code.writes(request);
  const verdict = askRules(engine, asked, index, {
    at: 'request',
    node: address,
    kind,
    service: code.name,
    request,
    writes,
  });
  if (verdict.failure === null) scheduleCall(engine, struck(call, verdict.strike), leavesAt, verdict.extraUs);
  else if (verdict.failure.outcome === 'unknown' && writes)
    leaveUnknown(engine, node, call, leavesAt, verdict.failure.reason);
  else failAfter(engine, call, leavesAt, 'not-applied', verdict.failure.reason);
}

function struck(call: Call, strike: Kinded | null): Call {
  return strike === null ? call : { ...call, strike };
}

/** It fails, or comes late; at once when faults stop. No rule is asked about it. */
function sendInTrouble(engine: Engine, call: Call, leavesAt: TimeUs, { failure, extraUs }: ServiceTrouble): void {
  if (failure !== null) failAfter(engine, call, leavesAt, 'not-applied', failure);
  else scheduleCall(engine, { ...call, late: true }, leavesAt, extraUs);
}

/** The request never gets there. It fails at once, or the node waits in vain and cannot know: a decision. */
function failCutOff(engine: Engine, node: NodeRecord, call: Call, leavesAt: TimeUs): void {
  const hangs = decide(engine, `cut/${nameOf(engine, call)}/${node.fixed.address}`, 2, 0.5) === 1;
  if (!hangs) return failAfter(engine, call, leavesAt, 'not-applied', { kind: 'no-connection' });
  const { requestTimeoutUs } = engine.settings;
  const writes = serviceOf(engine, call.service).service.writes(call.request);
  failAt(engine, call, leavesAt + requestTimeoutUs, writes ? 'unknown' : 'not-applied', { kind: 'timed-out' });
}

/** A write whose outcome the node will not learn: applied (0), not applied, or applied later, even after the node died (not on its own disk). */
function leaveUnknown(engine: Engine, node: NodeRecord, call: Call, leavesAt: TimeUs, reason: Kinded): void {
  const question = `unknown/${nameOf(engine, call)}/${call.request.kind}/${node.fixed.address}`;
  const { lateApplyUs, requestTimeoutUs } = engine.settings;
  const isLocal = serviceOf(engine, call.service).service.isLocal === true;
  const fate = decide(engine, question, isLocal ? 2 : 3, isLocal ? 0.5 : 0.67);
  const hangs = decide(engine, `${question}/hang`, 2, 0.3) === 1;
  if (fate === 0) scheduleCall(engine, { ...call, unanswered: true }, leavesAt, 0);
  if (fate === 2) {
    const late = 1 + decide(engine, `${question}/late`, Math.max(1, lateApplyUs), 1);
    scheduleApply(engine, { ...call, unanswered: true, late: true }, leavesAt + late);
  }
  if (hangs) failAt(engine, call, leavesAt + requestTimeoutUs, 'unknown', reason);
  else failAfter(engine, call, leavesAt, 'unknown', reason);
}

function failAfter(
  engine: Engine,
  call: Call,
  leavesAt: TimeUs,
  outcome: 'not-applied' | 'unknown',
  reason: Kinded,
): void {
  failAt(engine, call, leavesAt + 2 * serviceOf(engine, call.service).latency.latencyUs, outcome, reason);
}

function failAt(engine: Engine, call: Call, time: TimeUs, outcome: 'not-applied' | 'unknown', reason: Kinded): void {
  const answer = {
    service: call.service,
    id: call.id,
    answer: failed(outcome, reason),
    writes: outcome === 'unknown',
    local: true,
  };
  scheduleAnswer(engine, call, answer, time);
}

function decide(engine: Engine, question: string, n: number, odds: number): number {
  return engine.decisions.pick(engine.decisions.open(question), n, odds);
}

function nameOf(engine: Engine, call: Call): string {
  return serviceOf(engine, call.service).service.name;
}
