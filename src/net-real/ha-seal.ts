// The last entry of a generation of the HA log: it holds the map that all entries before it come to, and names the folder in which the log goes on.
// The next generation begins with the same file, under a second name.
import { sealBlob } from '../core/base/blob.ts';
import type { HaEntry } from '../core/protocol/ports.ts';
import { recordCodec, type Format } from '../core/protocol/sealed-record.ts';
import { list, record, shapeOf } from '../core/protocol/shapes.ts';
import type { MapSnapshot } from './ha-map.ts';

export interface Seal extends MapSnapshot {
  /** Number of the generation that begins behind it. */
  readonly generation: number;
  /** The folder of that generation, below that of the HA service. */
  readonly folder: string;
}

const sealShape = shapeOf<Seal>()(
  record({
    generation: 'int',
    folder: 'string',
    applied: 'int',
    revision: 'int',
    forgottenAt: 'int',
    entries: list(record({ key: 'string', value: 'bytes', revision: 'int' })),
    deletions: list(record({ key: 'string', revision: 'int' })),
  }),
);

const codec = recordCodec('millrace-ha-seal', 1, sealShape);

export const haSealFormat: Format = codec.format;

/** About the size of the blob, without its values. */
const ENTRY_BYTES = 64;

const sizeOf = ({ key, value }: HaEntry): number => 3 * key.length + value.length + ENTRY_BYTES;

export function encodeSeal(seal: Seal): Uint8Array {
  return codec.encode(
    seal,
    seal.entries.reduce((sum, entry) => sum + sizeOf(entry), 0),
  );
}

/** All blobs of a format begin alike. */
const HEAD = sealBlob(codec.format.name, codec.format.version, null).subarray(0, codec.format.name.length + 1);

/** Whether these bytes are a seal, whole or damaged, of whatever version. */
export function isSeal(bytes: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(0, HEAD.length), HEAD) === 0;
}

/** Throws where it is damaged. */
export function decodeSeal(bytes: Uint8Array, path: string): Seal {
  const seal = codec.decode(bytes);
  if (!seal.ok) throw new Error(`${path}: ${seal.reason}`);
  return seal.value;
}
