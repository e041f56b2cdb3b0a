// A sink: writes to a place outside, in transactions, and has no output of the graph.
import { oneOf, place } from '../field-rules.ts';
import type { GraphKind } from './kind.ts';

export const sink = {
  fields: { sink: place, commitOn: oneOf('checkpoint-complete', 'barrier') },
  inputs: [{ isKeyed: false }],
  outputs: 0,
  functions: { required: [], optional: [] },
  keeps: 'transactions',
  needsTime: false,
} as const satisfies GraphKind<'sink'>;
