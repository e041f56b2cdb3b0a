// A source: reads a topic, and has no input of the graph.
import { numberFrom, place, schema, wholeNumber } from '../field-rules.ts';
import type { GraphKind } from './kind.ts';

/** Limits far above any real job. */
const SPLITS_MAX = 65_536;
const RECORDS_PER_SECOND_MAX = 1_000_000_000;

export const source = {
  fields: {
    topic: place,
    splits: wholeNumber(1, SPLITS_MAX),
    recordsPerSecond: numberFrom(0, RECORDS_PER_SECOND_MAX),
    outOfOrdernessMs: wholeNumber(0, Number.MAX_SAFE_INTEGER, ' of ms'),
    schema,
  },
  inputs: [],
  outputs: 1,
  functions: { required: [], optional: ['timestamp'] },
  keeps: 'positions',
  needsTime: false,
} as const satisfies GraphKind<'source'>;
