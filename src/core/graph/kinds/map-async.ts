// mapAsync: one record for each record, from a function that answers later.
import { oneOf, wholeNumber } from '../field-rules.ts';
import type { GraphKind } from './kind.ts';

/** Calls that one subtask may have at once: each is kept in its state, and in each checkpoint. */
const CAPACITY_MAX = 10_000;
const TIMEOUT_MS_MAX = 86_400_000;

export const mapAsync = {
  fields: {
    order: oneOf('ordered', 'unordered'),
    capacity: wholeNumber(1, CAPACITY_MAX),
    timeoutMs: wholeNumber(0, TIMEOUT_MS_MAX, ' of ms'),
  },
  inputs: [{ isKeyed: false }],
  outputs: 1,
  functions: { required: ['mapAsync'], optional: [] },
  keeps: 'calls',
  needsTime: false,
} as const satisfies GraphKind<'map-async'>;
