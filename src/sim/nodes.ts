// Nodes: a process that is given one input at a time. A step keeps it busy; what comes meanwhile waits in its queue.
// The host rules: a due wake goes before any other input, and work comes only when no other input waits.
import { assert } from '../core/base/assert.ts';
import { NEVER } from '../core/base/machine.ts';
import type { Input } from '../core/base/machine.ts';
import { deepFreeze } from '../core/base/state.ts';
import type { Effect } from '../core/base/outbox.ts';
import type { Envelope, Vocabulary } from '../core/base/vocabulary.ts';
import { heardAnswer } from './calls.ts';
import { awaitDeadline, clockOf, isWakeDue } from './clocks.ts';
import { beginHalt, crash } from './crash.ts';
import { ownNode, ownState, schedule } from './engine.ts';
import type { Engine } from './engine.ts';
import { askRules, rulesAt } from './fault-points.ts';
import { refuse } from './links.ts';
import { hashMessage, observe, rollStep } from './observe.ts';
import { stepChecked } from './own-step.ts';
import { ANSWER, DELIVER, DOWN, NOTICE, PAUSED, RUNNING, START, TURN, WAKE, localEvent } from './records.ts';
import type { Answer, NodeRecord, Notice, SimEvent } from './records.ts';
import { sendRequest } from './requests.ts';
import { sendMessage } from './send.ts';

const WORK = localEvent(TURN, -1, 0, null);

/** An input reaches a node: it is taken at once if the node is free, and waits otherwise. False if there is nobody to take it. */
export function arrive(engine: Engine, event: SimEvent): boolean {
  const node = ownNode(engine, event.node);
  if (node.status >= DOWN || (event.incarnation !== 0 && event.incarnation !== node.incarnation)) {
    if (event.type === DELIVER) refuse(engine, event);
    return event.type === DELIVER;
  }
  if (node.status === RUNNING && node.busyUntil <= engine.now && node.queueHead === node.queue.length)
    takeInput(engine, node, event);
  else enqueue(engine, node, event);
  return true;
}

function enqueue(engine: Engine, node: NodeRecord, event: SimEvent): void {
  node.queue.push(event);
  ensureTurn(engine, node);
}

/** The node will look for something to do as soon as it is free. */
function ensureTurn(engine: Engine, node: NodeRecord): void {
  if (node.turnPending || node.status !== RUNNING) return;
  node.turnPending = true;
  schedule(engine, Math.max(engine.now, node.busyUntil), node.fixed.turn);
}

/** A free node looks for something to do: wake if that is due, what waits, work. False if there is nothing. */
export function takeTurn(engine: Engine, index: number): boolean {
  const node = ownNode(engine, index);
  node.turnPending = false;
  if (node.status !== RUNNING) return false;
  if (node.busyUntil > engine.now) {
    ensureTurn(engine, node);
    return false;
  }
  if (isWakeDue(engine, node)) step(engine, node, node.fixed.wake);
  else if (node.queueHead < node.queue.length) step(engine, node, dequeue(node));
  else if (node.fixed.machine.hasWork(node.state)) step(engine, node, WORK);
  else return false;
  return true;
}

const SPENT_MAX = 64;

function dequeue(node: NodeRecord): SimEvent {
  const event = node.queue[node.queueHead] as SimEvent;
  node.queueHead += 1;
  if (node.queueHead === node.queue.length) {
    node.queue.length = 0;
    node.queueHead = 0;
  } else if (node.queueHead >= SPENT_MAX && node.queueHead * 2 >= node.queue.length) {
    node.queue.splice(0, node.queueHead);
    node.queueHead = 0;
  }
  return event;
}

/** A deadline came, or was moved since. False if it is not the one that the node waits for. */
export function wakeUp(engine: Engine, index: number): boolean {
  const node = engine.nodes[index] as NodeRecord;
  if (node.wakeEventAt !== engine.heap.takenTime) return false;
  return isWakeDue(engine, node) ? wakeDue(engine, index) : wakeLater(engine, index);
}

function wakeDue(engine: Engine, index: number): boolean {
  const node = ownNode(engine, index);
  node.wakeEventAt = NEVER;
  if (node.status !== RUNNING) return false;
  if (node.busyUntil > engine.now) {
    ensureTurn(engine, node);
    return false;
  }
  step(engine, node, node.fixed.wake);
  return true;
}

/** The deadline was moved: it is looked at again when it comes. */
function wakeLater(engine: Engine, index: number): boolean {
  const node = ownNode(engine, index);
  node.wakeEventAt = NEVER;
  if (node.status < DOWN) awaitDeadline(engine, node);
  return false;
}

function takeInput(engine: Engine, node: NodeRecord, event: SimEvent): void {
  if (!isWakeDue(engine, node)) return step(engine, node, event);
  node.queue.push(event); // before the step, so that what the step causes queues behind it
  step(engine, node, node.fixed.wake);
}

/** Starts the next incarnation of a node that is down. */
export function start(engine: Engine, event: SimEvent): boolean {
  const before = engine.nodes[event.node] as NodeRecord;
  if (before.status < DOWN || before.isGone || before.incarnation !== event.incarnation) return false; // somebody else started it
  const node = ownNode(engine, event.node);
  node.incarnation += 1;
  node.status = RUNNING;
  node.state = node.fixed.machine.create();
  node.stateOwner = engine.owner;
  node.turnPending = false;
  node.pausedUntil = 0;
  if (engine.settings.observed)
    observe(engine, { kind: 'started', node: node.fixed.address, incarnation: node.incarnation });
  step(engine, node, event);
  return true;
}

/** A paused process goes on: its deadlines first, then what came meanwhile. */
export function resume(engine: Engine, event: SimEvent): boolean {
  const before = engine.nodes[event.node] as NodeRecord;
  if (before.status !== PAUSED || before.incarnation !== event.incarnation || before.pausedUntil > engine.now)
    return false;
  const node = ownNode(engine, event.node);
  node.status = RUNNING;
  ensureTurn(engine, node);
  return true;
}

// ---- One step

function step(engine: Engine, node: NodeRecord, event: SimEvent): void {
  const { settings, out } = engine;
  const { machine, address } = node.fixed;
  const input = inputOf(engine, node, event);
  if (settings.rules.step.all.length > 0) askAtStep(engine, node, input);
  const state = ownState(engine, node);
  node.stepSequence = engine.sequence;
  out.address = address;
  if (settings.hashed) rollInput(engine, node, event, input);
  engine.steppedNode = node;
  engine.steppedInput = input;
  if (settings.hashed) stepChecked(engine, node, state, input);
  else machine.step(state, input, out);
  if (settings.hashed) machine.checkInvariants(state);
  node.wakeAtMs = machine.wakeAt(state);
  const hasWork = machine.hasWork(state);
  engine.steppedNode = null;
  const costUs = (settings.stepCostUs + settings.recordCostUs * out.records) * costFactorOf(engine, node);
  node.busyUntil = engine.now + Math.round(costUs);
  if (settings.observed) observeStep(engine, node, input);
  if (settings.hashEveryStep) engine.hasher.value(state);
  routeEffects(engine, node);
  out.clear();
  settle(engine, node, hasWork);
}

function costFactorOf({ now }: Engine, { fixed, slowness }: NodeRecord): number {
  return slowness === null || slowness.until <= now ? fixed.costFactor : fixed.costFactor * slowness.factor;
}

function askAtStep(engine: Engine, { fixed }: NodeRecord, input: Input<Vocabulary>): void {
  const kind = kindOf(input);
  const asked = rulesAt(engine, 'step', kind);
  if (asked.rules.length > 0) askRules(engine, asked, fixed.index, { at: 'step', node: fixed.address, kind, input });
}

/** After a step: it dies if a fault said so; else its next turn and its next deadline are on their way. */
function settle(engine: Engine, node: NodeRecord, hasWork: boolean): void {
  if (node.dying !== null) crash(engine, node.fixed.index, node.dying.restartAfter, node.dying.disk);
  node.dying = null;
  if (node.status >= DOWN) return;
  if (hasWork || node.queueHead < node.queue.length) ensureTurn(engine, node);
  awaitDeadline(engine, node);
}

function observeStep(engine: Engine, node: NodeRecord, input: Input<Vocabulary>): void {
  const { incarnation, busyUntil } = node;
  const effects: readonly Effect[] = engine.out.effects.slice();
  observe(engine, { kind: 'stepped', node: node.fixed.address, incarnation, input, effects, leavesAt: busyUntil });
}

/** What a node has put into the outbox leaves. */
export function routeEffects(engine: Engine, node: NodeRecord): void {
  const { effects } = engine.out;
  for (let index = 0; index < effects.length; index++) {
    const effect = effects[index] as Effect;
    if (effect.effect === 'send') sendMessage(engine, node, effect, node.busyUntil);
    else if (effect.effect === 'request') sendRequest(engine, node, effect, node.busyUntil);
    else if (effect.effect === 'halt') return beginHalt(engine, node);
    else if (engine.settings.frozen) deepFreeze(effect);
  }
}

// ---- Inputs

function inputOf(engine: Engine, node: NodeRecord, event: SimEvent): Input<Vocabulary> {
  const now = clockOf(engine, node);
  const wallTime = engine.settings.epochMs + node.clock.wallAheadMs + now;
  switch (event.type) {
    case DELIVER:
      return { kind: 'message', now, wallTime, message: event.item as never };
    case ANSWER: {
      const { id, answer } = heardAnswer(engine, node, event.item as Answer);
      return { kind: 'completed', now, wallTime, request: id, answer };
    }
    case NOTICE: {
      const { peer, streamClass } = event.item as Notice;
      return { kind: 'connection-lost', now, wallTime, peer, streamClass };
    }
    case START:
      return { kind: 'start', now, wallTime, incarnation: node.incarnation };
    case WAKE:
      return { kind: 'wake', now, wallTime };
    default:
      return { kind: 'work', now, wallTime };
  }
}

/** The kind by which fault rules and decision streams know an input. */
function kindOf(input: Input<Vocabulary>): string {
  if (input.kind === 'message') return (input.message as Envelope).kind;
  return input.kind === 'completed' ? input.answer.kind : input.kind;
}

function rollInput(engine: Engine, node: NodeRecord, event: SimEvent, input: Input<Vocabulary>): void {
  rollStep(engine, node, event);
  if (input.kind === 'completed') engine.hasher.value(input.request);
  if (input.kind === 'connection-lost') engine.hasher.value(input.peer);
  if (input.kind === 'message' && engine.settings.checks === 'strict') checkUnchanged(event);
}

/** Frozen objects cannot change in flight, but typed arrays can: the hash at receipt must be the one at sending. */
function checkUnchanged(event: SimEvent): void {
  const { low, high } = hashMessage(event.item as Envelope);
  const { kind, from } = event.item as Envelope;
  assert(low === event.low && high === event.high, () => `${kind} from ${from} was changed after it was sent`);
}
