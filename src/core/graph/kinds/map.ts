// map: one record for each record.
import type { GraphKind } from './kind.ts';

export const map = {
  fields: {},
  inputs: [{ isKeyed: false }],
  outputs: 1,
  functions: { required: ['map'], optional: [] },
  keeps: 'nothing',
  needsTime: false,
} as const satisfies GraphKind<'map'>;
