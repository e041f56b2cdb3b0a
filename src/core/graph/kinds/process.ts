// process: named values and event-time timers of each key, by hand.
import { keyField } from '../field-rules.ts';
import type { GraphKind } from './kind.ts';

export const process = {
  fields: { keyField },
  inputs: [{ isKeyed: true }],
  outputs: 1,
  functions: { required: ['key', 'onRecord'], optional: ['onTimer'] },
  keeps: 'keys',
  needsTime: false,
} as const satisfies GraphKind<'process'>;
