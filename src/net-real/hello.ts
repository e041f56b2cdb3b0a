// The first frame of a connection: who opens which stream to whom. Everything behind it is a message of that stream.
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
}

/** A hello is never longer than this: nobody is known before it. */
export const HELLO_BYTES_MAX = 1_024;

const codec: RecordCodec<Hello> = recordCodec(
  'millrace-hello',
  5, // also: processes ask each other for metrics and logs
  shapeOf<Hello>()(
    record({
      cluster: 'string',
      from: 'string',
      to: 'string',
      incarnation: 'int',
      streamClass: oneOf('control', 'data'),
      stream: 'int',
    }),
  ),
);

export const helloFormat: Format = codec.format;

export const encodeHello = (hello: Hello): Uint8Array => codec.encode(hello);
export const decodeHello = (bytes: Uint8Array): Result<Hello> => codec.decode(bytes);
