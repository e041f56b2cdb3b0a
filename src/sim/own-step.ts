// A step of a machine in a checked world: it may call nothing that a run cannot repeat, and a share of the steps is made twice, on a copy of the state, with
// the same input and the same picks. What differs then is the machine's own mistake: it keeps state outside of its state.
import { cloneState, diffStates, type StateDifference } from '../core/base/state.ts';
import { stackLines } from '../core/base/stack-lines.ts';
import type { Input } from '../core/base/machine.ts';
import { Outbox } from '../core/base/outbox.ts';
import type { Envelope, Vocabulary } from '../core/base/vocabulary.ts';
import { enter, leave, takeRefused } from '../realm/guard.ts';
import type { Engine } from './engine.ts';
import { violationOf } from './observation.ts';
import type { NodeRecord } from './records.ts';

/** Of the first events all steps are made twice, of the others one in so many: a prime, so that it meets every step of a cycle. */
const FIRST_EVENTS = 128;
const SHARE = 61;

/** Who objects to what a machine does in a step. */
const MACHINE = { name: 'machine' };

export function stepChecked(engine: Engine, node: NodeRecord, state: unknown, input: Input<Vocabulary>): void {
  if (isSampled(engine)) return stepTwice(engine, node, state, input);
  stepOnce(node, state, input, engine.out);
  noteRefused(engine, node, input);
}

function isSampled({ settings, events }: Engine): boolean {
  return settings.twice && (events < FIRST_EVENTS || events % SHARE === 0);
}

function stepOnce(node: NodeRecord, state: unknown, input: Input<Vocabulary>, out: Outbox): void {
  enter();
  try {
    node.fixed.machine.step(state, input, out);
  } finally {
    leave();
  }
}

/** The machine called what no step may call: true if that was so, and is a violation now. */
export function noteRefused(engine: Engine, node: NodeRecord, input: Input<Vocabulary>): boolean {
  const refused = takeRefused();
  if (refused === null) return false;
  object(engine, 'unrepeatable-call', `${placeOf(node, input)} ${refused.message}`, stackLines(refused));
  return true;
}

function stepTwice(engine: Engine, node: NodeRecord, state: unknown, input: Input<Vocabulary>): void {
  const copy = cloneState(state);
  const picks: number[] = [];
  engine.picks = picks;
  stepOnce(node, state, input, engine.out);
  engine.picks = null;
  if (noteRefused(engine, node, input)) return;
  const again = new Outbox(engine.out.noted, () => picks.shift() ?? 0);
  again.address = engine.out.address;
  stepOnce(node, copy, input, again);
  takeRefused();
  const difference = diffStates(state, copy) ?? diffStates(engine.out.effects, again.effects);
  if (difference !== null) noteDifference(engine, node, input, difference);
}

function noteDifference(
  engine: Engine,
  node: NodeRecord,
  input: Input<Vocabulary>,
  { path, left, right }: StateDifference,
): void {
  const text = `${placeOf(node, input)} did something else when the step was made again with the same state and input: it keeps something outside of its state`;
  object(engine, 'unrepeatable-step', text, [`at ${path === '' ? 'its root' : path}: first ${left}`, `then ${right}`]);
}

function object(engine: Engine, rule: string, text: string, evidence: readonly string[]): void {
  engine.violations.push(violationOf(MACHINE, engine.now, [rule, text, evidence]));
}

function placeOf({ fixed }: NodeRecord, input: Input<Vocabulary>): string {
  const kind = input.kind === 'message' ? `message ${(input.message as Envelope).kind}` : input.kind;
  return `the machine of ${fixed.address}, at ${kind},`;
}
