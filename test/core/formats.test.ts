// Every format of bytes, with its version and a hash of what it looks like. Old bytes are read by their version alone: whoever changes a format
// raises its version.
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Value } from '../../src/core/base/value.ts';
import { packKeyGroup } from '../../src/core/checkpoint/key-group-codec.ts';
import { metadataFormat } from '../../src/core/checkpoint/metadata-codec.ts';
import { snapshotFormat } from '../../src/core/checkpoint/snapshot-codec.ts';
import { createByteWriter } from '../../src/core/base/bytes.ts';
import { writeBatch } from '../../src/core/graph/batch-codec.ts';
import { KIND_NAMES } from '../../src/core/graph/kinds.ts';
import { describeGraphShape } from '../../src/core/graph/graph-shape.ts';
import { messageFormat } from '../../src/core/protocol/codec.ts';
import { deathCodec, haFormats } from '../../src/core/protocol/records-codec.ts';
import type { Format } from '../../src/core/protocol/sealed-record.ts';
import { haEntryFormat } from '../../src/net-real/ha-log.ts';
import { haSealFormat } from '../../src/net-real/ha-seal.ts';
import { helloFormats } from '../../src/net-real/hello.ts';
import { incarnationFormat } from '../../src/net-real/incarnation.ts';
import { letterCodec } from '../../src/net-real/questions/words.ts';

interface Pinned {
  readonly version: number;
  readonly hash: string;
}

const pinned: Readonly<Record<string, Pinned>> = {
  'millrace-message': { version: 26, hash: '5b79e08d24c682b8' },
  'millrace-leader': { version: 2, hash: 'bdbb48abc70061db' },
  'millrace-job': { version: 6, hash: '7661bf4439f0c68d' },
  'millrace-checkpoints': { version: 1, hash: '439ad6bc3d7436fb' },
  'millrace-counter': { version: 1, hash: 'de5b2fe3a04d4618' },
  'millrace-result': { version: 20, hash: 'bb0f6ba637db67c4' },
  'millrace-savepoint': { version: 2, hash: '9f94b2485d0efb79' },
  'millrace-drains': { version: 1, hash: 'dce94fe29aba1e86' },
  'millrace-unreached': { version: 1, hash: '7188b9824fe5046e' },
  'millrace-checkpoint': { version: 3, hash: 'a57547665d1472e1' },
  'millrace-snapshot': { version: 3, hash: 'ef112788fd93e882' },
  'millrace-job-graph': { version: 7, hash: '1acb2f77d9a05423' },
  'millrace-hello': { version: 6, hash: '1bd4464d1dc997b8' },
  'millrace-hello-answer': { version: 6, hash: 'd9021ca33b6ded09' },
  'millrace-hello-proof': { version: 6, hash: 'c77f1b37ea2216a9' },
  'millrace-death': { version: 1, hash: '8a0c490db4692dd5' },
  'millrace-question': { version: 3, hash: 'aa2add72137385b2' },
  'millrace-incarnations': { version: 1, hash: '8be12a7b3336d2b1' },
  'millrace-ha-seal': { version: 1, hash: '3583fdd3e8201f83' },
  'millrace-ha-entry': { version: 2, hash: 'b939066fdfad2005' },
};

/** Bytes inside of bytes have no shape: a sample stands for them. */
const values: readonly Value[] = [{ a: 1, b: 'ä' }, { a: -0.5, b: null }, [true, new Uint8Array([7]), 70_000]];
const rows: readonly Value[] = [1, 2].map((n) => ({
  n,
  f: n / 4,
  i: 2n ** 53n + BigInt(n),
  s: `s${n}`,
  ok: n > 1,
  r: { n: n * 300 },
  l: [n],
  o: n > 1 ? n : null,
}));
const batches = [values, rows].map((one) =>
  writeBatch(createByteWriter(), { values: one, timestamps: one.map((_, at) => at * 300) }),
);
const keyGroup = packKeyGroup(
  3,
  values.map((value, index) => ({ key: [index, 'k'], value })),
);

const insides: Readonly<Record<string, unknown>> = {
  'millrace-message': batches.map((batch) => [...batch]),
  'millrace-snapshot': [...keyGroup.entries],
};

const formats: readonly { readonly name: string; readonly version: number; readonly looks: unknown }[] = [
  ...[
    messageFormat,
    ...haFormats,
    deathCodec.format,
    metadataFormat,
    snapshotFormat,
    ...helloFormats,
    haEntryFormat,
    haSealFormat,
    incarnationFormat,
    letterCodec.format,
  ].map(({ name, version, shape }: Format) => ({ name, version, looks: [withoutKinds(shape), insides[name] ?? null] })),
  { name: 'millrace-job-graph', version: 7, looks: describeGraphShape() },
];

/**
 * Which kinds of operators there are, the version of a job graph says. Elsewhere a kind is a word: one more leaves all bytes without it what they were, and
 * who does not know it refuses it by its name.
 */
function withoutKinds(shape: unknown): unknown {
  const isKinds = (one: unknown): boolean => JSON.stringify(one) === JSON.stringify({ words: KIND_NAMES });
  return JSON.parse(JSON.stringify(shape, (_, one: unknown) => (isKinds(one) ? 'a kind of operator' : one)));
}

/** The order of fields is no part of a format. */
function hashOf(looks: unknown): string {
  const sorted = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : value;
  return createHash('sha256').update(JSON.stringify(looks, sorted)).digest('hex').slice(0, 16);
}

/** What must be done, in one sentence, or null. */
function objection(name: string, version: number, hash: string, pin: Pinned | undefined): string | null {
  if (pin === undefined) return `${name} is new: pin version ${version} with hash ${hash}`;
  if (pin.version !== version) return `${name} has a new version: pin version ${version} with hash ${hash}`;
  if (pin.hash === hash) return null;
  return `${name} looks different, but still has version ${version}: raise its version, and pin it with hash ${hash}`;
}

test.each(formats)('$name looks as its version says', ({ name, version, looks }) => {
  expect(objection(name, version, hashOf(looks), pinned[name])).toBe(null);
});

test('a format that changes without a new version is told in one sentence', () => {
  const pin = { version: 1, hash: 'a' };
  expect(objection('f', 1, 'b', pin)).toBe(
    'f looks different, but still has version 1: raise its version, and pin it with hash b',
  );
  expect(objection('f', 2, 'b', pin)).toBe('f has a new version: pin version 2 with hash b');
  expect(objection('g', 1, 'b', undefined)).toBe('g is new: pin version 1 with hash b');
  expect(hashOf([{ a: 1, b: 2 }])).toBe(hashOf([{ b: 2, a: 1 }]));
  expect(hashOf({ a: 'int' })).not.toBe(hashOf({ a: 'time' }));
});

/** Of files that people keep, or of any vocabulary: their readers say what they take. */
const elsewhere = [
  'millrace-certificate',
  'millrace-data-message',
  'millrace-search',
  'millrace-tape',
  'millrace-trace',
];

test('every format in the sources is pinned', () => {
  const sources = globSync('src/{core,net-real,run,sim,cli}/**/*.ts').map((file) => readFileSync(file, 'utf8'));
  const named = sources.flatMap((text) => [
    ...text.matchAll(/(?:FORMAT = |recordCodec\(\s*|readonly format: )'(millrace-[a-z-]+)'/g),
  ]);
  const names = [...new Set(named.map(([, name]) => name as string))].toSorted();
  expect(names).toEqual([...Object.keys(pinned), ...elsewhere].toSorted());
  expect(formats.map(({ name }) => name).toSorted()).toEqual(Object.keys(pinned).toSorted());
});
