// window: tumbling windows of event time, by key.
import { keyField, wholeNumber } from '../field-rules.ts';
import type { GraphKind } from './kind.ts';

export const window = {
  fields: { sizeMs: wholeNumber(1, Number.MAX_SAFE_INTEGER, ' of ms'), keyField },
  inputs: [{ isKeyed: true }],
  outputs: 1,
  functions: { required: ['key', 'aggregate.create', 'aggregate.add', 'aggregate.result'], optional: [] },
  keeps: 'keys',
  needsTime: true,
} as const satisfies GraphKind<'window'>;
