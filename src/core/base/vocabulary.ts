// What machines say and are told, as types: messages, port requests and their answers. Nothing here does anything.

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
export interface Failed {
  readonly kind: 'failed';
  readonly outcome: 'not-applied' | 'unknown';
  readonly reason: string;
}

/** Data with a kind: what a note is in every vocabulary. */
export interface Kinded {
  readonly kind: string;
}

/** A message was not acted upon. `Outbox.ignore` notes it, for the machines of every vocabulary. */
export interface MessageIgnored {
  readonly kind: 'message-ignored';
  /** Kind of the message. */
  readonly message: string;
  readonly from: Address;
  readonly reason: string;
}

/** What one family of machines speaks: the bodies of its messages by kind, its port requests, the answers to them, and what it notes. */
export interface Vocabulary {
  readonly bodies: object;
  readonly request: { readonly kind: string };
  readonly answer: { readonly kind: string };
  /** A union over kinds, each with its values as plain data. Left out: whatever has a kind. */
  readonly note?: Kinded;
}

/** What the machines of a vocabulary may note. */
export type NoteOf<V extends Vocabulary> = V extends { readonly note: infer N extends Kinded } ? N : Kinded;

/** The messages of a vocabulary, as a union over kinds. */
export type MessageOf<V extends Vocabulary> = {
  [K in keyof V['bodies'] & string]: Envelope<K, V['bodies'][K]>;
}[keyof V['bodies'] & string];
