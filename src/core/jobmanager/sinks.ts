// The JobManager as a writer in the place of tasks that are gone. At a restore it commits what the checkpoint covers, where other writers than those of
// the checkpoint follow. And it is the last writer of a job's sinks, when the job ends without having finished: it opens the writer of each subtask, which fences the
// tasks, wherever they live on, and aborts what no completed checkpoint covers; then it commits what the latest one covers. So the output of
// such a job is that of its latest completed checkpoint, whatever was lost on the way, and nothing follows.
import { must } from '../base/assert.ts';
import { closeCall, createCall } from '../base/retry.ts';
import { deepFreeze } from '../base/state.ts';
import { parseTransactionName, writerName } from '../checkpoint/transaction-names.ts';
import type { CheckpointMetadata } from '../checkpoint/metadata.ts';
import { sinkIdentity } from '../graph/sink-identity.ts';
import { sinksOf, type SinkOperator } from '../graph/job-graph.ts';
import type { FencingToken, PortRequest } from '../protocol/ports.ts';
import { attemptIdOf, isEnding, vertexOf } from './jobs.ts';
import type { JobMaster, Leader, SinkWriter } from './state.ts';
import { answerReason, ask, isCallDue, retryCall, type Answered, type Step } from './step.ts';

/** Writers at work at once: enough to hide their latency, few enough not to flood the sinks. */
export const WRITERS_AT_ONCE = 8;

/** The metadata of the latest completed checkpoint is known, or it is certain that there is none to be had. */
export function createSinkWriters(job: JobMaster): SinkWriter[] {
  const { metadata } = job.restore;
  const all = unite(writersEver(job), formerWriters(job, metadata));
  return toBeClosed(all, metadata);
}

/**
 * Writers that the tasks of the job do not follow one by one. Of a checkpoint of another job, or of another parallelism, these are all: one that is gone
 * could never commit what it prepared, and one that is there may get snapshots that do not name it. Else those of a parallelism that the job had
 * meanwhile: nothing of theirs is covered.
 */
export function writersToTakeOver(job: JobMaster, metadata: CheckpointMetadata | null): SinkWriter[] {
  const own = ownWriters(job);
  const gone = writersEver(job).filter((one) => !own.some((writer) => isSameWriter(one, writer)));
  const followed = hasOtherWriters(job, metadata) ? formerWriters(job, metadata) : [];
  return toBeClosed(unite(gone, followed), metadata);
}

/** The checkpoint has other writers than the job. */
export function hasOtherWriters(job: JobMaster, metadata: CheckpointMetadata | null): boolean {
  if (metadata === null) return false;
  const own = ownWriters(job);
  const former = formerWriters(job, metadata);
  return former.length !== own.length || !former.every((one) => own.some((writer) => isSameWriter(one, writer)));
}

function unite(some: readonly WriterOfSink[], others: readonly WriterOfSink[]): readonly WriterOfSink[] {
  return [...some, ...others.filter((one) => !some.some((writer) => isSameWriter(one, writer)))];
}

type WriterOfSink = Pick<SinkWriter, 'sink' | 'writer'>;

function ownWriters({ jobId, graph }: JobMaster): readonly WriterOfSink[] {
  return graph.operators.flatMap((operator) =>
    operator.kind === 'sink' ? writersOf(jobId, operator, operator.parallelism) : [],
  );
}

/** Of any parallelism that the job ever had. */
function writersEver({ jobId, graph, record }: JobMaster): readonly WriterOfSink[] {
  return graph.operators.flatMap((operator) => {
    if (operator.kind !== 'sink') return [];
    const { most = operator.parallelism } = record.parallelism.find((one) => one.operator === operator.id) ?? {};
    return writersOf(jobId, operator, Math.max(most, operator.parallelism));
  });
}

/** Those of a checkpoint that wrote to a sink of this job; the sink as this job has it, whose code is there. */
function formerWriters({ graph }: JobMaster, metadata: CheckpointMetadata | null): readonly WriterOfSink[] {
  if (metadata === null) return [];
  const { jobId, vertices } = metadata;
  const sinks = sinksOf(graph);
  return vertices.flatMap(({ operators, parallelism }) =>
    operators.flatMap(({ id, sink }) =>
      sinks
        .filter((own) => sink !== null && sinkIdentity(own) === sinkIdentity(sink))
        .flatMap((own) => writersOf(jobId, { id, sink: own }, parallelism)),
    ),
  );
}

function writersOf(
  jobId: string,
  { id, sink }: Pick<SinkOperator, 'id' | 'sink'>,
  parallelism: number,
): readonly WriterOfSink[] {
  return Array.from({ length: parallelism }, (_, subtask) => ({ sink, writer: writerName(jobId, id, subtask) }));
}

function isSameWriter(a: WriterOfSink, b: WriterOfSink): boolean {
  return a.writer === b.writer && a.sink === b.sink;
}

function toBeClosed(writers: readonly WriterOfSink[], metadata: CheckpointMetadata | null): SinkWriter[] {
  const transactions = (metadata?.subtasks ?? []).flatMap((subtask) => subtask.transactions);
  return writers.map(({ sink, writer }) => {
    const commits = transactions.filter((name) => parseTransactionName(name)?.writer === writer);
    return { sink, writer, opened: false, commits, call: createCall() };
  });
}

/** Whether all is done. */
export function reconcileSinkWriters(
  step: Step,
  leader: Leader,
  job: JobMaster,
  writers: readonly SinkWriter[],
): boolean {
  for (const [index, writer] of writers.entries()) {
    if (index >= WRITERS_AT_ONCE) break;
    if (!isCallDue(step, leader, writer.call)) continue;
    const purpose = { kind: 'close-sink', epoch: leader.epoch, jobId: job.jobId, writer: writer.writer } as const;
    writer.call.request = ask(step, purpose, requestOf(leader, job, writer));
  }
  return writers.length === 0;
}

/** At the end above the attempts of all tasks of this leader; at a restore that of the attempt which begins, and above all before it. */
function tokenOf({ epoch }: Leader, job: JobMaster): FencingToken {
  return { epoch, attempt: isEnding(job) ? job.attempt + 1 : job.attempt };
}

function requestOf(leader: Leader, job: JobMaster, { sink, writer, opened, commits }: SinkWriter): PortRequest {
  const token = tokenOf(leader, job);
  if (!opened) return { kind: 'sink-open', sink, writer, token, keep: commits };
  const transaction = must(commits[0], 'a transaction that is left to be committed');
  return { kind: 'sink-commit', sink, writer, token, transaction };
}

/** A writer that is fenced here belongs to the next leader: this one asks again until it knows. A transaction that is lost is told, and passed over, but for a job that is stopped. */
export function onSinkAnswered(step: Step, leader: Leader, job: JobMaster, name: string, answered: Answered): void {
  const writer = writersAtWork(job)?.find((one) => one.writer === name);
  if (writer === undefined || !closeCall(writer.call, answered)) return;
  const { answer } = answered;
  const isLost = answer.kind === 'sink-refused' && answer.reason === 'unknown-transaction';
  if (answer.kind === 'sink-opened') writer.opened = true;
  else if (answer.kind === 'sink-committed' || isLost) writer.commits = writer.commits.slice(1);
  else retryCall(step, writer.call);
  if (isLost && job.stopping) failByLoss(job, writer);
  if (step.out.noted && answer.kind !== 'sink-opened' && answer.kind !== 'sink-committed') {
    const { jobId } = job;
    step.out.note({
      kind: 'sink-close-failed',
      jobId,
      epoch: leader.epoch,
      writer: name,
      reason: answerReason(answer),
    });
  }
  if (writer.opened && writer.commits.length === 0) dropWriter(job, writer);
}

/** A job that is stopped is FINISHED with all that its savepoint covers, or it fails, as by its task. */
function failByLoss(job: JobMaster, { sink, writer }: SinkWriter): void {
  const execution = job.executions.find((one) =>
    vertexOf(job, one).operators.some(
      ({ kind, id }) => kind === 'sink' && writerName(job.jobId, id, one.subtask) === writer,
    ),
  );
  if (execution === undefined) return;
  const reason = { kind: 'sink-refused', sink, refusal: 'unknown-transaction' } as const;
  job.fatal ??= deepFreeze({ kind: 'execution-failed', attempt: attemptIdOf(job, execution), reason });
}

/** Those that are being closed; null: none are, or their checkpoint is not known yet. */
export function writersAtWork({ sinkWriters, restore }: JobMaster): readonly SinkWriter[] | null {
  return sinkWriters ?? restore.takeOver;
}

function dropWriter(job: JobMaster, writer: SinkWriter): void {
  const left = must(writersAtWork(job), 'the writers of a job').filter((one) => one !== writer);
  if (job.sinkWriters === null) job.restore.takeOver = left;
  else job.sinkWriters = left;
}
