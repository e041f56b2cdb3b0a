// What a new leader does first: it reads everything that is stored, at one revision, and takes over from that. Whatever cannot be read
// stops the recovery of its job, loudly, and is read again; an older checkpoint is never taken instead.
import type { Result } from '../base/value.ts';
import { closeCall } from '../base/retry.ts';
import { validateGraph } from '../graph/validate.ts';
import {
  CHECKPOINTS_PREFIX,
  checkpointsKey,
  COUNTER_PREFIX,
  counterKey,
  JOB_PREFIX,
  jobKey,
  LEADER_KEY,
  RESULT_PREFIX,
  resultKey,
} from '../protocol/ha-keys.ts';
import type { CheckpointsRecord, JobRecord } from '../protocol/ha-records.ts';
import type { HaEntry } from '../protocol/ports.ts';
import { unreadableBytes, type StoredReason } from '../protocol/reasons.ts';
import { decodeCheckpoints, decodeCounter, decodeJob, decodeLeader, decodeResult } from '../protocol/records-codec.ts';
import { beginCleanUp } from './clean-up.ts';
import { beginCollection } from './checkpoints/garbage.ts';
import { recoverDrains } from './drains.ts';
import { stopLeading } from './election.ts';
import { deleteUnreached } from './isolation.ts';
import { admitJob, createJob, createStore, sortJobs } from './jobs.ts';
import { keptUntil, pastJob, sortPastJobs } from './past-jobs.ts';
import { recoverSavepoints } from './savepoint-store.ts';
import { NONE, type JobMaster, type Leader } from './state.ts';
import { ask, answerReason, isCallDue, retryCall, type Answered, type Step } from './step.ts';

type Entries = ReadonlyMap<string, HaEntry>;

export function reconcileRecovery(step: Step, leader: Leader): void {
  const { recovery } = leader;
  if (recovery.done && recovery.unreadable.size === 0) return;
  if (!isCallDue(step, leader, recovery.call)) return;
  recovery.call.request = ask(step, { kind: 'recover', epoch: leader.epoch }, { kind: 'ha-read', prefix: '' });
}

export function onRecoveryRead(step: Step, leader: Leader, answered: Answered): void {
  const { recovery } = leader;
  if (!closeCall(recovery.call, answered)) return;
  const { answer } = answered;
  if (answer.kind !== 'ha-entries') {
    if (step.out.noted) {
      step.out.note({ kind: 'recovery-retried', epoch: leader.epoch, reason: answerReason(answer) });
    }
    return retryCall(step, recovery.call);
  }
  const entries = new Map(answer.entries.map((entry) => [entry.key, entry]));
  if (!isLedBy(entries, leader.epoch)) return stopLeading(step, { kind: 'leader-key-changed' });
  recoverAll(step, leader, entries);
  // All is read for it, and it will hardly be mended by itself: no more often than all files are listed.
  if (recovery.unreadable.size > 0) recovery.call.retryAt = step.now + step.options.collectionIntervalMs;
  if (!recovery.done) {
    recovery.done = true;
    beginCollection(leader, step.now);
  }
}

function isLedBy(entries: Entries, epoch: number): boolean {
  const entry = entries.get(LEADER_KEY);
  const record = entry === undefined ? null : decodeLeader(entry.value);
  return record !== null && record.ok && record.value.epoch === epoch;
}

/** The first read takes over everything; later ones only what could not be read before. */
function recoverAll(step: Step, leader: Leader, entries: Entries): void {
  const { recovery } = leader;
  if (!recovery.done) {
    recoverSavepoints(step, leader, entries);
    recoverDrains(step, leader, entries);
    deleteUnreached(step, leader, entries);
  }
  const ids = recovery.done ? [...recovery.unreadable.keys()] : jobIdsIn(entries);
  for (const jobId of ids) {
    const reason = recoverJob(step, leader, entries, jobId);
    if (reason === null) recovery.unreadable.delete(jobId);
    else {
      recovery.unreadable.set(jobId, reason);
      if (step.out.noted) step.out.note({ kind: 'recovery-stopped', jobId, epoch: leader.epoch, reason });
    }
  }
  sortJobs(leader);
  sortPastJobs(leader);
}

function jobIdsIn(entries: Entries): readonly string[] {
  const prefixes = [JOB_PREFIX, RESULT_PREFIX, CHECKPOINTS_PREFIX, COUNTER_PREFIX];
  const ids = new Set<string>();
  for (const prefix of prefixes)
    for (const key of entries.keys()) if (key.startsWith(prefix)) ids.add(key.slice(prefix.length));
  return [...ids].toSorted();
}

/** Why the job cannot be taken over, or null. A result comes first: a job that is over never runs again. */
function recoverJob(step: Step, leader: Leader, entries: Entries, jobId: string): StoredReason | null {
  const result = entries.get(resultKey(jobId));
  if (result !== undefined) return recoverResult(step, leader, entries, result, jobId);
  const job = entries.get(jobKey(jobId));
  if (job === undefined) return { kind: 'job-record-missing' };
  const recovered = readJob(entries, job, jobId);
  if (!recovered.ok) return recovered.reason;
  if (step.out.noted) {
    const latestCheckpointId = recovered.value.store.completed.at(-1)?.checkpointId ?? null;
    step.out.note({ kind: 'job-recovered', jobId, epoch: leader.epoch, latestCheckpointId });
  }
  admitJob(step, leader, recovered.value);
  return null;
}

/** A dirty result, or a clean one beside which a late write left something, is cleaned up; nothing is run. */
function recoverResult(
  step: Step,
  leader: Leader,
  entries: Entries,
  entry: HaEntry,
  jobId: string,
): StoredReason | null {
  const record = decodeResult(entry.value);
  if (!record.ok) return unreadableBytes(record.reason);
  const { status, clean } = record.value;
  leader.results.set(jobId, pastJob(record.value, { revision: entry.revision, keptUntil: keptUntil(step) }));
  const leftOver = [jobKey(jobId), checkpointsKey(jobId), counterKey(jobId)].some((key) => entries.has(key));
  if (!clean || leftOver) beginCleanUp(leader, jobId, clean);
  if (step.out.noted) {
    const cleanUp = leader.cleanUps.has(jobId);
    step.out.note({ kind: 'result-recovered', jobId, epoch: leader.epoch, status, cleanUp });
  }
  return null;
}

function readJob(entries: Entries, entry: HaEntry, jobId: string): Result<JobMaster, StoredReason> {
  const record = decodeJobRecord(entry);
  if (!record.ok) return record;
  const checkpoints = readCheckpoints(entries.get(checkpointsKey(jobId)));
  if (!checkpoints.ok) return unreadable(checkpoints.reason);
  const counter = readCounter(entries.get(counterKey(jobId)));
  if (!counter.ok) return unreadable(counter.reason);
  const latest = checkpoints.value.completed.at(-1)?.checkpointId ?? NONE;
  const store = createStore(checkpoints.value.completed, entries.get(checkpointsKey(jobId))?.revision ?? NONE);
  const revision = entries.get(counterKey(jobId))?.revision ?? NONE;
  const stored = { record: record.value, revision: entry.revision };
  return { ok: true, value: createJob(stored, store, { last: Math.max(counter.value, latest), revision }) };
}

function decodeJobRecord(entry: HaEntry): Result<JobRecord, StoredReason> {
  const record = decodeJob(entry.value);
  if (!record.ok) return unreadable(record.reason);
  const { jobId, graph } = record.value;
  if (jobKey(jobId) !== entry.key) return { ok: false, reason: { kind: 'of-other-job-record', jobId } };
  const valid = validateGraph(graph);
  return valid.ok ? record : { ok: false, reason: { kind: 'graph-invalid', text: valid.reason } };
}

const unreadable = (text: string) => ({ ok: false, reason: unreadableBytes(text) }) as const;

function readCheckpoints(entry: HaEntry | undefined): Result<CheckpointsRecord> {
  return entry === undefined ? { ok: true, value: { completed: [] } } : decodeCheckpoints(entry.value);
}

function readCounter(entry: HaEntry | undefined): Result<number> {
  if (entry === undefined) return { ok: true, value: NONE };
  const record = decodeCounter(entry.value);
  return record.ok ? { ok: true, value: record.value.lastCheckpointId } : record;
}
