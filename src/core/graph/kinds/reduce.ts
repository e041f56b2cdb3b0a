// reduce: what the records of each key come to.
import { keyField } from '../field-rules.ts';
import type { GraphKind } from './kind.ts';

export const reduce = {
  fields: { keyField },
  inputs: [{ isKeyed: true }],
  outputs: 1,
  functions: { required: ['key', 'reduce'], optional: [] },
  keeps: 'keys',
  needsTime: false,
} as const satisfies GraphKind<'reduce'>;
