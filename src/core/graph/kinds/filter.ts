// filter: the records for which its function gives true.
import type { GraphKind } from './kind.ts';

export const filter = {
  fields: {},
  inputs: [{ isKeyed: false }],
  outputs: 1,
  functions: { required: ['filter'], optional: [] },
  keeps: 'nothing',
  needsTime: false,
} as const satisfies GraphKind<'filter'>;
