// Small traces by hand.
import type { Loss } from '../../src/core/base/losses.ts';
import type { Input } from '../../src/core/base/machine.ts';
import type { Effect } from '../../src/core/base/outbox.ts';
import type { Envelope, Vocabulary } from '../../src/core/base/vocabulary.ts';
import type { Note } from '../../src/core/protocol/notes.ts';
import type { Bodies, Kind } from '../../src/core/protocol/messages.ts';
import { jobHeader } from '../../src/run/job-header.ts';
import { traceHeader } from '../../src/run/trace.ts';
import type { GuestHeader, LineOf, Trace, TraceEnding, TraceLine } from '../../src/run/trace.ts';

/** Of a cluster. */
export const job: GuestHeader = jobHeader({ jobManagers: 2, taskManagers: 2, clients: ['client-1'] });

/** Of machines `a` and `b`, about whose messages nothing is known. */
export const machines: GuestHeader = {
  kind: 'machines',
  roles: { a: 'one', b: 'other' },
  services: { 'ha-read': 'ha', 'storage-get': 'storage' },
  messages: {},
  requests: {},
};

export const header = traceHeader({
  world: 'simulated',
  scenario: 'by-hand',
  about: 'A trace of a test.',
  seed: 7,
  commit: 'abc',
  guest: job,
});

export const ending: TraceEnding = {
  kind: 'verdict',
  at: 1_000,
  verdict: 'pass',
  sentence: 'all is well',
  violations: [],
  oracles: { 'O-exact': 'pass' },
  facts: [['options', 'none']],
  story: null,
  commands: [['repeat', 'npm run sim -- --seed 7']],
};

export function traceOf(lines: readonly TraceLine[], end: TraceEnding | null = ending, guest = job): Trace {
  return { header: { ...header, guest }, lines, ending: end };
}

const clock = { now: 0, wallTime: 0 };
export const wake: Input<Vocabulary> = { kind: 'wake', ...clock };
export const work: Input<Vocabulary> = { kind: 'work', ...clock };

/** What is sent in a step of `from`, or taken in one of `to`. */
export function message(from: string, to: string, kind: string, body: unknown = {}): Envelope {
  return { effect: 'send', streamClass: 'control', from, to, kind, body };
}

/** One of a cluster, with the fields that matter. */
export function told<K extends Kind>(from: string, to: string, kind: K, body: DeepPartial<Bodies[K]>): Envelope {
  return message(from, to, kind, body);
}

type DeepPartial<T> = T extends readonly (infer E)[]
  ? readonly DeepPartial<E>[]
  : T extends object
    ? { readonly [F in keyof T]?: DeepPartial<T[F]> }
    : T;

export function taken(envelope: Envelope): Input<Vocabulary> {
  return { kind: 'message', ...clock, message: envelope as never };
}

/** @param answer of any kind, with its fields */
export function answered(request: number, answer: { readonly kind: string } & object): Input<Vocabulary> {
  return { kind: 'completed', ...clock, request, answer };
}

export function asked(id: number, request: { readonly kind: string; readonly [field: string]: unknown }): Effect {
  return { effect: 'request', id, request };
}

/** What a machine notes of itself. */
export function noted(note: Note): Effect {
  return { effect: 'note', note };
}

/** A step that lasts 10 µs. */
export function step(node: string, at: number, input: Input<Vocabulary>, ...effects: Effect[]): LineOf<'stepped'> {
  return { kind: 'stepped', at, event: at, node, incarnation: 1, input, effects, leavesAt: at + 10 };
}

export function started(node: string, at = 0, incarnation = 1): TraceLine {
  return { kind: 'started', at, event: at, node, incarnation };
}

export function stopped(node: string, at: number): TraceLine {
  return { kind: 'stopped', at, event: at, node, incarnation: 1, why: 'crash' };
}

export function lost(at: number, envelope: Envelope, why: Loss): TraceLine {
  return { kind: 'lost', at, event: at, message: envelope, why };
}

/** An attempt of subtask 0 of vertex 0. */
export const attempt = { jobId: 'job-1', vertex: 0, subtask: 0, attempt: 1 };
