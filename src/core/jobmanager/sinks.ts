// The JobManager as the last writer of a job's sinks, when the job ends without having finished: it opens the writer of each subtask, which fences the
// tasks, wherever they live on, and aborts what no completed checkpoint covers; then it commits what the latest one covers. So the output of
// such a job is that of its latest completed checkpoint, whatever was lost on the way, and nothing follows.
import { must } from '../base/assert.ts';
import { closeCall, createCall } from '../base/retry.ts';
import { parseTransactionName } from '../checkpoint/transaction-names.ts';
import type { SinkOperator } from '../graph/job-graph.ts';
import type { FencingToken, PortRequest } from '../protocol/ports.ts';
import type { JobMaster, Leader, SinkWriter } from './state.ts';
import { answerReason, ask, isCallDue, retryCall, type Answered, type Step } from './step.ts';

/** Writers at work at once: enough to hide their latency, few enough not to flood the sinks. */
export const WRITERS_AT_ONCE = 8;

/** The metadata of the latest completed checkpoint is known, or it is certain that there is none to be had. */
export function createSinkWriters(job: JobMaster): SinkWriter[] {
  const transactions = (job.restore.metadata?.subtasks ?? []).flatMap((subtask) => subtask.transactions);
  return job.record.graph.operators.flatMap((operator) =>
    operator.kind === 'sink' ? writersOf(job, operator, transactions) : [],
  );
}

function writersOf(
  job: JobMaster,
  { id, sink, parallelism }: SinkOperator,
  transactions: readonly string[],
): SinkWriter[] {
  return Array.from({ length: parallelism }, (_, subtask): SinkWriter => {
    const writer = `${job.jobId}/${id}/${subtask}`;
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

/** Above the attempts of all tasks of this leader. */
function tokenOf({ epoch }: Leader, { attempt }: JobMaster): FencingToken {
  return { epoch, attempt: attempt + 1 };
}

function requestOf(leader: Leader, job: JobMaster, { sink, writer, opened, commits }: SinkWriter): PortRequest {
  const token = tokenOf(leader, job);
  if (!opened) return { kind: 'sink-open', sink, writer, token, keep: commits };
  const transaction = must(commits[0], 'a transaction that is left to be committed');
  return { kind: 'sink-commit', sink, writer, token, transaction };
}

/** A writer that is fenced here belongs to the next leader: this one asks again until it knows. A transaction that is lost is told, and passed over. */
export function onSinkAnswered(step: Step, leader: Leader, job: JobMaster, name: string, answered: Answered): void {
  const writer = job.sinkWriters?.find((one) => one.writer === name);
  if (writer === undefined || !closeCall(writer.call, answered)) return;
  const { answer } = answered;
  const isLost = answer.kind === 'sink-refused' && answer.reason === 'unknown-transaction';
  if (answer.kind === 'sink-opened') writer.opened = true;
  else if (answer.kind === 'sink-committed' || isLost) writer.commits = writer.commits.slice(1);
  else retryCall(step, writer.call);
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
  if (writer.opened && writer.commits.length === 0)
    job.sinkWriters = must(job.sinkWriters, 'the writers of a job that ends').filter((one) => one !== writer);
}
