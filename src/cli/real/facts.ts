// What the trace lines of a real run say: who leads, what runs where, which checkpoints there are, when records moved. Plain data and a
// reducer: it runs while the job runs, to know when to strike, and once more over the merged trace, to judge.
import type { Input } from '../../core/base/machine.ts';
import type { Effect } from '../../core/base/outbox.ts';
import type { Failed } from '../../core/base/vocabulary.ts';
import { batchSize } from '../../core/graph/batch.ts';
import { describeAttempt } from '../../core/protocol/describe-ids.ts';
import type { Note } from '../../core/protocol/notes.ts';
import type { ExecutionState } from '../../core/protocol/states.ts';
import type { ClusterVocabulary, PortRequest } from '../../core/protocol/ports.ts';
import type { TraceLine } from '../../run/trace.ts';

export interface Deployment {
  readonly atMs: number;
  /** Whoever deployed it: address and epoch. */
  readonly by: string;
  readonly epoch: number;
  readonly attempt: number;
  /** The checkpoint that it was restored from; 0: none. */
  readonly restoredFrom: number;
}

interface Ended {
  readonly checkpointId: number;
  readonly atMs: number;
}

export interface RunFacts {
  /** Who said last that it leads. */
  leader: { readonly node: string; readonly epoch: number } | null;
  elections: number;
  readonly completed: Ended[];
  readonly aborted: (Ended & { readonly reason: string })[];
  readonly deployments: Deployment[];
  /** Why the job restarted, in order. */
  readonly restarts: { readonly atMs: number; readonly reason: string }[];
  /** Attempts that are RUNNING, by TaskManager, as it says itself. */
  readonly running: Map<string, Set<string>>;
  /** When records moved: were read, crossed a channel, or went to a sink. */
  readonly movedAtMs: number[];
  /** When transactions became visible. */
  readonly committedAtMs: number[];
  /** Messages that were not acted upon, with a reason: who ignored what of whom. */
  readonly ignored: { readonly atMs: number; readonly by: string; readonly of: string }[];
  /** The last answer of a store, a source or a sink that was a failure: who got it, and why. */
  refusal: string | null;
  cleanedUp: boolean;
}

export function createFacts(): RunFacts {
  return {
    leader: null,
    elections: 0,
    completed: [],
    aborted: [],
    deployments: [],
    restarts: [],
    running: new Map(),
    movedAtMs: [],
    committedAtMs: [],
    ignored: [],
    refusal: null,
    cleanedUp: false,
  };
}

export function noteLine(facts: RunFacts, line: TraceLine): void {
  const atMs = line.at / 1_000;
  if (line.kind === 'started') facts.running.delete(line.node);
  if (line.kind !== 'stepped') return;
  const { node, input, effects } = line;
  if (input.kind === 'completed') noteAnswer(facts, node, input.answer, atMs);
  if (bringsRecords(input as Input<ClusterVocabulary>) || effects.some(takesRecords)) facts.movedAtMs.push(atMs);
  for (const effect of effects) if (effect.effect === 'note') onNote(facts, node, effect.note as Note, atMs);
}

function noteAnswer(facts: RunFacts, node: string, answer: { readonly kind: string } | Failed, atMs: number): void {
  if (answer.kind === 'sink-committed') facts.committedAtMs.push(atMs);
  if (answer.kind === 'failed') facts.refusal = `${node}: ${(answer as Failed).reason}`;
}

function bringsRecords(input: Input<ClusterVocabulary>): boolean {
  if (input.kind === 'completed') return input.answer.kind === 'records' && input.answer.values.length > 0;
  if (input.kind !== 'message' || input.message.kind !== 'channel-elements') return false;
  return input.message.body.elements.some((element) => element.kind === 'batch' && batchSize(element.batch) > 0);
}

function takesRecords(effect: Effect): boolean {
  if (effect.effect !== 'request') return false;
  const request = effect.request as PortRequest;
  return request.kind === 'sink-write' && request.records.length > 0;
}

function onNote(facts: RunFacts, node: string, note: Note, atMs: number): void {
  switch (note.kind) {
    case 'leader-elected':
      facts.elections += 1;
      if (note.epoch > (facts.leader?.epoch ?? 0)) facts.leader = { node, epoch: note.epoch };
      return;
    case 'job-deployed': {
      const { epoch, attempt, restoredFrom } = note;
      return void facts.deployments.push({ atMs, by: node, epoch, attempt, restoredFrom: restoredFrom ?? 0 });
    }
    case 'job-restarting':
      return void facts.restarts.push({ atMs, reason: note.reason });
    case 'checkpoint-completed':
      return void facts.completed.push({ checkpointId: note.checkpointId, atMs });
    case 'checkpoint-aborted':
      return void facts.aborted.push({ checkpointId: note.checkpointId, reason: note.reason, atMs });
    case 'task-state-changed':
      return noteTask(facts, node, describeAttempt(note.attempt), note.state);
    case 'message-ignored':
      return void facts.ignored.push({ atMs, by: node, of: note.from });
    case 'job-cleaned-up':
      facts.cleanedUp = true;
      return;
    default:
  }
}

function noteTask(facts: RunFacts, node: string, attempt: string, state: ExecutionState): void {
  const attempts = facts.running.get(node) ?? new Set();
  facts.running.set(node, attempts);
  if (state === 'RUNNING') attempts.add(attempt);
  else attempts.delete(attempt);
}

// ---- Questions

export function runningAttempts(facts: RunFacts): number {
  return [...facts.running.values()].reduce((sum, attempts) => sum + attempts.size, 0);
}

/** The longest time between two moves of records, from the last one before `fromMs` to the first one after `untilMs`. */
export function longestStandstillMs(facts: RunFacts, fromMs: number, untilMs: number): number {
  const moves = facts.movedAtMs.toSorted((a, b) => a - b);
  let longest = 0;
  let before = fromMs;
  for (const move of moves) {
    if (move > fromMs) longest = Math.max(longest, move - before);
    before = move;
    if (move > untilMs) break;
  }
  return longest;
}
