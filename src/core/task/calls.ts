// What `mapAsync` asks of its host, and what goes on when it is answered. In flight is what `../operators/calls.ts` says; nothing of it is emitted outside of
// a `work` step, so that results wait where the outputs have no room.
import {
  addWatermark,
  calledRecord,
  callsDueAt,
  hasNoCalls,
  nextCall,
  onAnswered,
  overdueRecord,
  takeReadyWatermark,
  type CalledRecord,
  type CallsState,
} from '../operators/calls.ts';
import { giveAnswered } from '../operators/chain.ts';
import { showRecord, UserCodeError } from '../operators/user-code-error.ts';
import type { PortAnswer, PortRequest } from '../protocol/ports.ts';
import { codeOf } from './code.ts';
import { advanceTo } from './event-time.ts';
import { tailTarget } from './output.ts';
import { isOver, type TaskState } from './state.ts';
import { failTask } from './status.ts';
import type { TaskStep } from './step.ts';
import { NEVER } from '../base/machine.ts';

/** The watermark of the inputs rose: it goes behind what is in flight. */
export function advanceInput(task: TaskState, watermark: number, step: TaskStep): void {
  const { calls } = task.chain;
  if (calls === undefined || hasNoCalls(calls)) advanceTo(task, watermark, step);
  else addWatermark(calls, watermark);
}

/** Hands on what can go on: a watermark, or records up to the next one. */
export function giveReady(task: TaskState, calls: CallsState, step: TaskStep): void {
  const watermark = takeReadyWatermark(calls);
  if (watermark !== null) return advanceTo(task, watermark, step);
  const code = codeOf(step.code, task.descriptor);
  const max = step.options.batchSizeRecords;
  step.out.records += giveAnswered(task.chain, calls, code.chain, max, tailTarget(task, code, step));
}

/** Ids of the records for which the host is to be asked, now. */
export function takeCalls(task: TaskState, step: TaskStep): readonly number[] {
  const { calls } = task.chain;
  const ids: number[] = [];
  if (calls === undefined || task.status !== 'RUNNING') return ids;
  for (let id = nextCall(calls, step.now); id !== 0; id = nextCall(calls, step.now)) ids.push(id);
  return ids;
}

export function callRequest({ chain, descriptor }: TaskState, id: number): PortRequest | null {
  const { calls } = chain;
  if (calls === undefined) return null;
  const { given: value, timestamp } = calledRecord(calls, id);
  const { artifact, parameters } = descriptor;
  return { kind: 'function-call', artifact, operator: calls.operator, value, timestamp, parameters };
}

export function onCallAnswer(task: TaskState, id: number, answer: PortAnswer, step: TaskStep): void {
  const { calls } = task.chain;
  if (calls === undefined) return;
  if (answer.kind === 'function-returned') return onAnswered(calls, id, answer.value);
  const problem =
    answer.kind === 'function-failed'
      ? answer.problem
      : `was answered by its host with ${answer.kind}, expected what the function gives`;
  const stack = answer.kind === 'function-failed' ? answer.stack : null;
  failCall(task, calledRecord(calls, id), problem, stack, step);
}

/** The function is at fault, as if it had thrown in a step. */
function failCall(task: TaskState, record: CalledRecord, problem: string, stack: string | null, step: TaskStep): void {
  const error = errorAt(task, record, problem);
  const { operator, function: called, given, sentence: text } = error;
  if (!isOver(task)) failTask(task, { kind: 'user-code', operator, function: called, given, text, stack }, step);
}

function errorAt({ chain }: TaskState, { given }: CalledRecord, problem: string): UserCodeError {
  const error = new UserCodeError(chain.calls?.operator ?? '', problem, 'mapAsync');
  error.given = showRecord(given);
  return error;
}

export function callsWakeAt({ chain: { calls } }: TaskState): number {
  return calls === undefined ? NEVER : callsDueAt(calls);
}

/** A call that takes too long fails the task (Flink: TimeoutException). */
export function checkOverdue(task: TaskState, step: TaskStep): void {
  const { calls } = task.chain;
  const overdue = calls === undefined ? null : overdueRecord(calls, step.now);
  if (calls === undefined || overdue === null) return;
  const problem = `failed: TimeoutException: the function gave no answer within ${calls.timeoutMs} ms`;
  failCall(task, overdue, problem, null, step);
}
