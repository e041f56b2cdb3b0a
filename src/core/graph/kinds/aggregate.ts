// aggregate: what the records of each key come to, by built-in aggregates.
import { aggregates } from '../aggregates.ts';
import { keyField } from '../field-rules.ts';
import type { GraphKind } from './kind.ts';

export const aggregate = {
  fields: { aggregates, keyField },
  inputs: [{ isKeyed: true }],
  outputs: 1,
  functions: { required: ['key'], optional: [] },
  keeps: 'keys',
  needsTime: false,
} as const satisfies GraphKind<'aggregate'>;
