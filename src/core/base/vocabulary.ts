// What machines say and are told, as types: messages, port requests and their answers. Nothing here does anything.

import type { AnyReason, GenericReason } from './reasons.ts';

/** Where a process can be reached; a name in the simulator, `host:port` over TCP. It outlives the incarnations behind it. */
export type Address = string;

/** Control and data travel on separate streams, so that a full channel never holds up a heartbeat. */
export type StreamClass = 'control' | 'data';

/** A message on its way: built by `Outbox.send` alone, and never changed afterwards. */
export interface Envelope<K extends string = string, B = unknown> {
  readonly effect: 'send';
  readonly streamClass: StreamClass;
  readonly from: Address;
  readonly to: Address;
  readonly kind: K;
  readonly body: B;
}

/** A port answered with a failure. `unknown`: the request may have been applied, may not, or may yet be, even after a successor took over. */
export interface Failed<R extends Kinded = Kinded> {
  readonly kind: 'failed';
  readonly outcome: 'not-applied' | 'unknown';
  readonly reason: R;
}

/** Data with a kind: what a note is in every vocabulary. */
export interface Kinded {
  readonly kind: string;
}

/** A message was not acted upon. `Outbox.ignore` notes it, for the machines of every vocabulary. */
export interface MessageIgnored<R extends AnyReason = AnyReason> {
  readonly kind: 'message-ignored';
  /** Kind of the message. */
  readonly message: string;
  readonly from: Address;
  readonly reason: R;
}

/** What one family of machines speaks: the bodies of its messages by kind, its port requests, the answers to them, its notes and reasons. */
export interface Vocabulary {
  readonly bodies: object;
  readonly request: { readonly kind: string };
  readonly answer: { readonly kind: string };
  /** A union over kinds, each with its values as plain data. Left out: whatever has a kind. */
  readonly note?: Kinded;
  /** The same, for why a message is ignored, or the process halts. Left out: whatever has a kind, or a few words. */
  readonly reason?: Kinded;
  /** The same, for why a request failed: left out, whatever has a kind. Hosts add the generic ones. */
  readonly failure?: Kinded;
}

/** What the machines of a vocabulary may note. */
export type NoteOf<V extends Vocabulary> = V extends { readonly note: infer N extends Kinded } ? N : Kinded;

/** Why a machine of a vocabulary ignores a message, or halts. */
export type ReasonOf<V extends Vocabulary> = V extends { readonly reason: infer R extends Kinded } ? R : AnyReason;

/** The answer to a request of a vocabulary that failed. */
export type FailedOf<V extends Vocabulary> = Failed<
  V extends { readonly failure: infer F extends Kinded } ? F | GenericReason : Kinded
>;

/** The messages of a vocabulary, as a union over kinds. */
export type MessageOf<V extends Vocabulary> = {
  [K in keyof V['bodies'] & string]: Envelope<K, V['bodies'][K]>;
}[keyof V['bodies'] & string];
