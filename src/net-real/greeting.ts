// The two sides of a hello, without sockets: the bytes to say next, or why the other side is none of the cluster.
import type { Result } from '../core/base/value.ts';
import type { ClusterSecret } from './cluster-secret.ts';
import { FrameDecoder, joinFrames } from './frames.ts';
import {
  decodeAnswer,
  decodeHello,
  decodeProof,
  drawNonce,
  encodeAnswer,
  encodeHello,
  encodeProof,
  HELLO_BYTES_MAX,
  isProof,
  proofOf,
  type Hello,
} from './hello.ts';

// ---- The opener

/** What the answer to a hello makes it say. */
export interface Reply {
  readonly bytes: Uint8Array;
  /** Why the receiver is no peer; null: it is one. What is said tells it so by itself. */
  readonly objection: string | null;
}

export class OpenerGreeting {
  readonly #secret: ClusterSecret;
  readonly #hello: Uint8Array;
  readonly #decoder = new FrameDecoder(HELLO_BYTES_MAX);

  constructor(secret: ClusterSecret, hello: Omit<Hello, 'nonce'>) {
    this.#secret = secret;
    this.#hello = encodeHello({ ...hello, nonce: drawNonce() });
  }

  first(): Uint8Array {
    return joinFrames([this.#hello]);
  }

  /** Null: the answer is not whole yet. A failed result: it is none. */
  onChunk(chunk: Uint8Array, channel: Uint8Array): Result<Reply> | null {
    this.#decoder.push(chunk);
    const frame = this.#decoder.next();
    if (frame === null) {
      const { failure } = this.#decoder;
      return failure === null ? null : { ok: false, reason: failure };
    }
    const answer = decodeAnswer(frame);
    if (!answer.ok) return answer;
    const exchange = { hello: this.#hello, nonce: answer.value.nonce, channel };
    const { key } = this.#secret;
    const isPeer = isProof(answer.value.proof, proofOf('receiver', key, exchange));
    const bytes = joinFrames([encodeProof({ proof: proofOf('opener', key, exchange) })]);
    return { ok: true, value: { bytes, objection: isPeer ? null : `it ${unproven(this.#secret)}` } };
  }
}

// ---- The receiver

export class ReceiverGreeting {
  readonly hello: Hello;
  /** To be said. */
  readonly answer: Uint8Array;
  readonly #secret: ClusterSecret;
  readonly #expected: Uint8Array;

  private constructor(secret: ClusterSecret, hello: Hello, bytes: Uint8Array, channel: Uint8Array) {
    const exchange = { hello: bytes, nonce: drawNonce(), channel };
    this.hello = hello;
    this.#secret = secret;
    this.#expected = proofOf('opener', secret.key, exchange);
    this.answer = joinFrames([
      encodeAnswer({ nonce: exchange.nonce, proof: proofOf('receiver', secret.key, exchange) }),
    ]);
  }

  static begin(secret: ClusterSecret, frame: Uint8Array, channel: Uint8Array): Result<ReceiverGreeting> {
    const hello = decodeHello(frame);
    if (!hello.ok) return hello;
    return { ok: true, value: new ReceiverGreeting(secret, hello.value, frame, channel) };
  }

  /** Why the opener is no peer, or null. */
  objectionTo(frame: Uint8Array): string | null {
    const proof = decodeProof(frame);
    if (!proof.ok) return proof.reason;
    if (isProof(proof.value.proof, this.#expected)) return null;
    return `it says that it is ${this.hello.from}, and ${unproven(this.#secret)}`;
  }
}

function unproven({ place }: ClusterSecret): string {
  return `does not prove that it has the secret in ${place}: all processes of a cluster need the same, which --secret-file names`;
}
