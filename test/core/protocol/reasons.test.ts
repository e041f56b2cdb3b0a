// Reasons are plain data with one text form, and decoders know those that are sent or kept.
import { describe, expect, test } from 'vitest';
import type { Value } from '../../../src/core/base/value.ts';
import { checkTree } from '../../../src/core/base/state.ts';
import { describeReason } from '../../../src/core/protocol/describe-reason.ts';
import {
  declineReason,
  jobReason,
  registrationReason,
  rejectReason,
  taskReason,
} from '../../../src/core/protocol/reason-shapes.ts';
import type { Reason } from '../../../src/core/protocol/reasons.ts';
import { mismatch, type Shape } from '../../../src/core/protocol/shapes.ts';
import { reasonKinds, reasonOf, reasons, type ReasonKind } from './reasons.ts';

test.each(reasonKinds)('%s is plain data, survives JSON, and has its text', (kind) => {
  const reason = reasonOf(kind);
  expect(checkTree(reason)).toBeNull();
  expect(JSON.parse(JSON.stringify(reason))).toEqual(reason);
  expect(describeReason(reason)).toBe(reasons[kind][1]);
});

test.each<[Reason, string]>([
  [{ kind: 'split-missing', topic: 'lines', split: 4, path: '/4' }, 'split 4 of topic lines is not there: no file /4'],
  [{ kind: 'position-missing', topic: 'a', split: 4, position: 9, file: null }, 'split 4 of topic a has no position 9'],
  [{ kind: 'artifact-missing', hash: 'ab', path: null }, 'there is no artifact with hash ab'],
  [{ kind: 'slot-reported', taskManager: 'tm-1', state: 'FREE', allocationId: null }, 'tm-1 reports it free'],
  [
    { kind: 'slot-reported', taskManager: 'tm-1', state: 'ACTIVE', allocationId: null },
    'tm-1 reports it ACTIVE for nobody',
  ],
  [{ kind: 'task-manager-lost', taskManager: 'tm-1', reason: null }, 'tm-1 is lost'],
  [
    { kind: 'sink-refused', sink: 'counts', refusal: 'unknown-transaction' },
    'sink "counts" refused (unknown-transaction): it does not know a transaction of this job',
  ],
  [{ kind: 'subsumed', by: 7 }, 'subsumed by checkpoint 7'],
  [{ kind: 'expired', missing: [] }, 'expired before its metadata was stored'],
  [{ kind: 'completed', final: false }, 'completed'],
  [{ kind: 'not-addressed', role: 'task-manager' }, 'not for a TaskManager'],
  [{ kind: 'not-addressed', role: 'client' }, 'it is not for a client'],
  [
    { kind: 'stale-attempt', attempt: reasonOf('declined').attempt, current: null },
    'stale attempt 1/0#2, current #none',
  ],
  [{ kind: 'slot-settled', slotIndex: 0, state: 'PENDING', allocationId: 'a' }, 'slot 0 is PENDING for a'],
  [{ kind: 'slot-not-free', slotIndex: 0, state: 'ACTIVE' }, 'slot 0 is ACTIVE'],
  [{ kind: 'runs-elsewhere', attempt: reasonOf('declined').attempt, taskManager: 'tm-2' }, '1/0#2 runs on tm-2'],
])('%j has the text of its values', (reason, text) => {
  expect(describeReason(reason)).toBe(text);
});

describe.each([
  ['jobs', jobReason],
  ['rejections', rejectReason],
  ['registrations', registrationReason],
  ['tasks', taskReason],
  ['declined checkpoints', declineReason],
])('decoders of reasons of %s', (_, shape) => {
  const kinds = kindsIn(shape);

  test.each(kinds)('take %s, and refuse it with a value missing', (kind) => {
    const reason = reasonOf(kind) as unknown as Readonly<Record<string, Value>>;
    expect(mismatch(shape, reason)).toBeNull();
    for (const field of Object.keys(reason)) {
      const { [field]: __, ...rest } = reason;
      expect(mismatch(shape, rest)).toContain(field);
    }
  });

  test.each(['a sentence', null, { kind: 'no such kind' }, { kind: 'other-epoch', epoch: 1, current: 2 }])(
    'refuse %j',
    (reason) => expect(mismatch(shape, reason)).not.toBeNull(),
  );
});

function kindsIn(shape: Shape): readonly ReasonKind[] {
  if (typeof shape === 'string' || !('kinds' in shape)) throw new Error('reasons differ by kind');
  return Object.keys(shape.kinds) as ReasonKind[];
}
