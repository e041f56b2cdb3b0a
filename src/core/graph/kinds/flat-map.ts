// flatMap: any number of records for each record.
import type { GraphKind } from './kind.ts';

export const flatMap = {
  fields: {},
  inputs: [{ isKeyed: false }],
  outputs: 1,
  functions: { required: ['flatMap'], optional: [] },
  keeps: 'nothing',
  needsTime: false,
} as const satisfies GraphKind<'flat-map'>;
