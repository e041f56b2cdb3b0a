// window-aggregate: tumbling windows of event time, by key, and built-in aggregates of their records.
import { aggregates } from '../aggregates.ts';
import type { GraphKind } from './kind.ts';
import { window } from './window.ts';

export const windowAggregate = {
  fields: { ...window.fields, aggregates },
  inputs: [{ isKeyed: true }],
  outputs: 1,
  functions: { required: ['key'], optional: [] },
  keeps: 'keys',
  needsTime: true,
} as const satisfies GraphKind<'window-aggregate'>;
