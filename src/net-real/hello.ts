// How a stream begins: who opens it to whom, and that both ends belong to the cluster. Everything behind it is a message of that stream.
//
//   opener → receiver   hello: who it is and whom it means, with a nonce
//   receiver → opener   answer: a nonce of its own, and its proof
//   opener → receiver   proof: that of the opener; messages follow at once
//
// A proof is an HMAC-SHA-256 with the secret of the cluster, over the side that makes it, the bytes of the hello (addresses, cluster, incarnation, class,
// number of the stream and nonce), the other nonce, and what makes the connection the one it is. So what was recorded opens nothing, and neither side
// takes its own words for those of the other.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Result } from '../core/base/value.ts';
import type { Address, StreamClass } from '../core/base/vocabulary.ts';
import { recordCodec, type Format, type RecordCodec } from '../core/protocol/sealed-record.ts';
import { oneOf, record, shapeOf } from '../core/protocol/shapes.ts';

export interface Hello {
  /** That the opener belongs to; see cluster-id.ts. */
  readonly cluster: string;
  readonly from: Address;
  /** Whom the opener means: another process may listen there by now. */
  readonly to: Address;
  readonly incarnation: number;
  readonly streamClass: StreamClass;
  /** Counts the streams of this incarnation to this address in this class, from 1: the kernel may hand over two connections in any order. */
  readonly stream: number;
  readonly nonce: Uint8Array;
}

export interface Answer {
  readonly nonce: Uint8Array;
  readonly proof: Uint8Array;
}

export interface Proof {
  readonly proof: Uint8Array;
}

/** Neither a hello nor what follows it is ever longer than this: nobody is known before. */
export const HELLO_BYTES_MAX = 1_024;

const NONCE_BYTES = 32;

const helloCodec: RecordCodec<Hello> = recordCodec(
  'millrace-hello',
  6, // since then both ends prove themselves
  shapeOf<Hello>()(
    record({
      cluster: 'string',
      from: 'string',
      to: 'string',
      incarnation: 'int',
      streamClass: oneOf('control', 'data'),
      stream: 'int',
      nonce: 'bytes',
    }),
  ),
);

const answerCodec: RecordCodec<Answer> = recordCodec(
  'millrace-hello-answer',
  6,
  shapeOf<Answer>()(record({ nonce: 'bytes', proof: 'bytes' })),
);

const proofCodec: RecordCodec<Proof> = recordCodec(
  'millrace-hello-proof',
  6,
  shapeOf<Proof>()(record({ proof: 'bytes' })),
);

export const helloFormats: readonly Format[] = [helloCodec.format, answerCodec.format, proofCodec.format];

export const drawNonce = (): Uint8Array => new Uint8Array(randomBytes(NONCE_BYTES));

export const encodeHello = (hello: Hello): Uint8Array => helloCodec.encode(hello);
export const encodeAnswer = (answer: Answer): Uint8Array => answerCodec.encode(answer);
export const encodeProof = (proof: Proof): Uint8Array => proofCodec.encode(proof);

/** One whose addresses can stand in a log. */
export function decodeHello(bytes: Uint8Array): Result<Hello> {
  const hello = helloCodec.decode(bytes);
  if (!hello.ok) return hello;
  const { from, to, nonce } = hello.value;
  const strange = [from, to].find((address) => !ADDRESS.test(address));
  if (strange !== undefined) return refused(`${JSON.stringify(strange.slice(0, 80))} is no address`);
  return nonce.length === NONCE_BYTES ? hello : refused(`its nonce has ${nonce.length} bytes`);
}

export function decodeAnswer(bytes: Uint8Array): Result<Answer> {
  const answer = answerCodec.decode(bytes);
  if (!answer.ok || answer.value.nonce.length === NONCE_BYTES) return answer;
  return { ok: false, reason: `millrace-hello-answer: its nonce has ${answer.value.nonce.length} bytes` };
}

export const decodeProof = (bytes: Uint8Array): Result<Proof> => proofCodec.decode(bytes);

/** Printable, and of a length that a host name may have. */
const ADDRESS = /^[\x21-\x7e]{1,300}$/;

const refused = (reason: string): Result<Hello> => ({ ok: false, reason: `millrace-hello: ${reason}` });

/** What a proof is about. */
export interface Exchange {
  /** As it is on the wire. */
  readonly hello: Uint8Array;
  /** Of the receiver. */
  readonly nonce: Uint8Array;
  /** Of this connection alone, the same at both ends; empty: it has nothing of the kind. */
  readonly channel: Uint8Array;
}

export type Side = 'opener' | 'receiver';

const LABELS: Readonly<Record<Side, string>> = { opener: 'millrace 6 opener', receiver: 'millrace 6 receiver' };

export function proofOf(side: Side, key: Uint8Array, { hello, nonce, channel }: Exchange): Uint8Array {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, hello.length);
  const mac = createHmac('sha256', key).update(LABELS[side]).update(length).update(hello).update(nonce).update(channel);
  return new Uint8Array(mac.digest());
}

/** In a time that does not tell how much of it is right. */
export function isProof(given: Uint8Array, expected: Uint8Array): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}
