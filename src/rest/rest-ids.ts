// Names as clients of Flink read them. They parse ids of jobs and vertices as 32 hexadecimal digits, so whatever is named here has such an id.
import { createHash, randomBytes } from 'node:crypto';

const HEX = /^[0-9a-f]{32}$/;

/** Of a job, or of an operation. */
export function newId(): string {
  return randomBytes(16).toString('hex');
}

/** Operators have ids of any letters; that of a vertex here is always the same for the first operator of its chain. */
export function vertexIdOf(operator: string): string {
  if (HEX.test(operator)) return operator;
  return createHash('sha256').update(operator).digest('hex').slice(0, 32);
}

const LOCATION = /^(?:millrace:)?([A-Za-z0-9][A-Za-z0-9._-]{0,127})\/([A-Za-z0-9][A-Za-z0-9._-]{0,127})$/;

export interface SavepointPlace {
  readonly jobId: string;
  readonly savepointId: string;
}

/** Where a savepoint is, as text: `millrace:<job>/<savepoint>`. It lies in the storage of the cluster, and is found by its two names. */
export function locationOf({ jobId, savepointId }: SavepointPlace): string {
  return `millrace:${jobId}/${savepointId}`;
}

/** Null: it is none. */
export function placeIn(location: string): SavepointPlace | null {
  const [, jobId, savepointId] = LOCATION.exec(location) ?? [];
  return jobId === undefined || savepointId === undefined ? null : { jobId, savepointId };
}
