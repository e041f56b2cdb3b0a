// What a path or a query may hold, and its reading.
import { matching, type Schema } from './schema.ts';

const ID = '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$';

/** By the name that a path gives it. A part of a path that is not named here is any text. */
export const pathParameters: Readonly<Record<string, Schema<string>>> = {
  jobid: matching(ID, 'the id of a job: letters, digits, dots, dashes, underscores'),
  triggerid: matching(ID, 'the id of an operation: letters, digits, dots, dashes, underscores'),
  checkpointid: matching(String.raw`^\d{1,15}$`, 'the id of a checkpoint: a whole number'),
  subtaskindex: matching(String.raw`^\d{1,9}$`, 'the index of a subtask: a whole number'),
  jarid: matching(String.raw`^[0-9a-f]{64}(\.mjs)?$`, 'the id of an artifact: its SHA-256 in hexadecimal'),
};

export const wholeNumber: Schema<string> = matching(String.raw`^\d{1,9}$`, 'a whole number');

export const numberList: Schema<string> = matching(
  String.raw`^\d{1,9}(-\d{1,9})?(,\d{1,9}(-\d{1,9})?)*$`,
  'whole numbers and ranges with commas, as in 0,2-4',
);
