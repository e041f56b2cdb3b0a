// What became of each job, by all that was ever written to the HA service. Pure; read with the decoders of the oracles, which share no code with the
// machines.
import { checkpointsKey, jobKey, resultKey, SAVEPOINT_PREFIX } from '../../../core/protocol/ha-keys.ts';
import type { ResultRecord, SavepointRecord } from '../../../core/protocol/ha-records.ts';
import type { SnapshotHandle } from '../../../core/protocol/messages.ts';
import type { KeyWrite } from '../../../net-real/ha-map.ts';
import { isToBeDrained, readJob, readPointers, readResult, readSavepoint } from '../../../sim/oracles/decode.ts';

/** How a job ended. */
export type JobEnd = Pick<ResultRecord, 'status' | 'reason' | 'savepointId'>;

export interface JobLife {
  readonly jobId: string;
  /** Its record was written: it was accepted. */
  stored: boolean;
  /** Null: no result was written. */
  end: JobEnd | null;
  /** A later result says something else. */
  otherEnd: JobEnd | null;
  /** Metadata of the savepoint that it started from; null: from nothing. */
  origin: SnapshotHandle | null;
  /** Of its latest completed checkpoint when it ended; null: none. */
  latest: SnapshotHandle | null;
  /** Of the savepoint with which it was stopped; null: it was not. */
  savepoint: SnapshotHandle | null;
  /** It was to be drained. */
  drained: boolean;
}

export function livesOf(jobIds: readonly string[], history: readonly KeyWrite[]): readonly JobLife[] {
  return jobIds.map((jobId) => {
    const life = createLife(jobId);
    const savepoints = new Map<string, SavepointRecord>();
    for (const { key, value } of history) {
      if (value === null) continue;
      if (key === jobKey(jobId)) onRecord(life, value);
      else if (key === checkpointsKey(jobId)) onPointers(life, value);
      else if (key.startsWith(`${SAVEPOINT_PREFIX}${jobId}/`)) onSavepoint(savepoints, value);
      else if (key === resultKey(jobId)) onResult(life, savepoints, value);
    }
    return life;
  });
}

function createLife(jobId: string): JobLife {
  return {
    jobId,
    stored: false,
    end: null,
    otherEnd: null,
    origin: null,
    latest: null,
    savepoint: null,
    drained: false,
  };
}

function onRecord(life: JobLife, value: Uint8Array): void {
  life.stored = true;
  life.drained ||= isToBeDrained(value);
  const record = readJob(value);
  if (record.ok) life.origin = record.value.restore?.metadata ?? null;
}

/** Pointers that are written behind the result go with the job's checkpoints. */
function onPointers(life: JobLife, value: Uint8Array): void {
  const pointers = readPointers(value);
  if (pointers.ok && life.end === null) life.latest = pointers.value.completed.at(-1)?.metadata ?? null;
}

function onSavepoint(savepoints: Map<string, SavepointRecord>, value: Uint8Array): void {
  const savepoint = readSavepoint(value);
  if (savepoint.ok) savepoints.set(savepoint.value.savepointId, savepoint.value);
}

function onResult(life: JobLife, savepoints: ReadonlyMap<string, SavepointRecord>, value: Uint8Array): void {
  const result = readResult(value);
  if (!result.ok) return;
  const { status, reason, savepointId } = result.value;
  const end: JobEnd = { status, reason, savepointId };
  if (life.end !== null) {
    if (!isSameEnd(life.end, end)) life.otherEnd ??= end;
    return;
  }
  life.end = end;
  life.savepoint = savepoints.get(savepointId ?? '')?.metadata ?? null;
}

export function isSameEnd(
  a: Pick<JobEnd, 'status' | 'savepointId'>,
  b: { readonly status: string; readonly savepointId: string | null },
): boolean {
  return a.status === b.status && a.savepointId === b.savepointId;
}

/** Savepoints that are there when all is over. */
export function savepointsLeft(history: readonly KeyWrite[]): readonly SavepointRecord[] {
  const last = new Map(
    history.filter(({ key }) => key.startsWith(SAVEPOINT_PREFIX)).map(({ key, value }) => [key, value]),
  );
  return [...last.values()].flatMap((value) => {
    const read = value === null ? null : readSavepoint(value);
    return read?.ok === true && !read.value.disposed ? [read.value] : [];
  });
}
