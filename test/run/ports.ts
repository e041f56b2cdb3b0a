// Any port request and answer of any kind, as their types say: the tables fail to compile when a kind is missing or a field changes.
import { artifactReason, portReason } from '../../src/core/protocol/reason-shapes.ts';
import type { ArtifactReason, PortReason } from '../../src/core/protocol/reasons.ts';
import { anyReasonIn } from '../core/protocol/reasons.ts';
import * as fc from 'fast-check';
import type { FencingToken, HaEntry, PortAnswer, PortFailed, PortRequest } from '../../src/core/protocol/ports.ts';
import { recordsOf } from '../../src/core/columns/typed-column.ts';
import { anyBytes, anyNumber, anyText, anyValue, record } from '../core/base/values.ts';

type OfKind<T extends { readonly kind: string }> = {
  readonly [K in T['kind']]: fc.Arbitrary<Omit<Extract<T, { readonly kind: K }>, 'kind'>>;
};

const id = fc.maxSafeNat();
const orNull = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(some, { nil: null });
const some = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> => fc.array(item, { maxLength: 3 });
const entry: fc.Arbitrary<HaEntry> = record({ key: anyText, value: anyBytes(9), revision: id });
const token: fc.Arbitrary<FencingToken> = record({ epoch: id, attempt: id });
const writer = { sink: anyText, writer: anyText, token };

const requests: OfKind<PortRequest> = {
  'ha-read': record({ prefix: anyText }),
  'ha-write': record({ key: anyText, value: orNull(anyBytes(9)), ifRevision: orNull(id), ifEpoch: orNull(id) }),
  'ha-watch': record({ key: anyText, afterRevision: id }),
  'ha-renew': record({ epoch: id }),
  'ha-lease': record({}),
  'storage-put': record({ name: anyText, bytes: anyBytes(20) }),
  'storage-get': record({ name: anyText }),
  'storage-list': record({ prefix: anyText }),
  'storage-delete': record({ name: anyText }),
  'source-read': record({ topic: anyText, split: id, position: id, mark: anyText, maxRecords: anyNumber }),
  'sink-open': record({ ...writer, keep: some(anyText) }),
  'sink-write': record({ ...writer, transaction: anyText, chunk: id, records: some(anyValue) }),
  'sink-prepare': record({ ...writer, transaction: anyText, chunks: id }),
  'sink-commit': record({ ...writer, transaction: anyText }),
  'artifact-load': record({ hash: anyText }),
  'function-call': record({
    artifact: anyText,
    operator: anyText,
    value: anyValue,
    timestamp: anyNumber,
    parameters: anyValue,
  }),
};

const answers: OfKind<PortAnswer | PortFailed> = {
  failed: record({ outcome: fc.constantFrom('not-applied', 'unknown'), reason: anyReasonIn<PortReason>(portReason) }),
  'ha-entries': record({ entries: some(entry), revision: id }),
  'ha-written': record({ revision: id }),
  'ha-conflict': record({ entry: orNull(entry), epoch: id }),
  'ha-changed': record({ entry: orNull(entry), revision: id }),
  'ha-renewed': record({ epoch: id }),
  'ha-lease': record({ leader: orNull(entry), renewals: id }),
  stored: record({}),
  loaded: record({ bytes: anyBytes(20) }),
  'not-found': record({}),
  listed: record({ names: some(anyText) }),
  deleted: record({}),
  records: record({ position: id, values: some(anyValue), end: fc.boolean(), mark: anyText }),
  'record-column': record({
    position: id,
    column: fc.array(fc.integer(), { minLength: 1 }).map((all) =>
      recordsOf(
        all.map((at) => ({ at })),
        all.length,
      )!,
    ),
    end: fc.boolean(),
    mark: anyText,
  }),
  'sink-opened': record({}),
  'sink-written': record({}),
  'sink-prepared': record({}),
  'sink-committed': record({}),
  'sink-refused': record({ reason: fc.constantFrom('fenced', 'unknown-transaction') }),
  'source-refused': record({ reason: anyReasonIn<PortReason>(portReason), stack: orNull(anyText) }),
  'record-refused': record({ text: anyText }),
  'artifact-loaded': record({ hash: anyText }),
  'artifact-refused': record({ reason: anyReasonIn<ArtifactReason>(artifactReason) }),
  'function-returned': record({ value: anyValue }),
  'function-failed': record({ problem: anyText, stack: orNull(anyText) }),
};

function anyOf<T extends { readonly kind: string }>(table: OfKind<T>): fc.Arbitrary<T> {
  const rows = Object.entries(table) as [string, fc.Arbitrary<object>][];
  return fc.oneof(
    ...rows.map(([kind, fields]) => fields.map((one) => ({ kind, ...one }))),
  ) as unknown as fc.Arbitrary<T>;
}

export const anyRequest: fc.Arbitrary<PortRequest> = anyOf<PortRequest>(requests);
export const anyAnswer: fc.Arbitrary<PortAnswer | PortFailed> = anyOf<PortAnswer | PortFailed>(answers);
