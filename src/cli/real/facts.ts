// What the traces of a real run tell: the facts of any run (src/run/facts), and besides when records moved, and what the machines note of their
// reasons. It is read while the job runs, to know when to strike, and once more over the merged trace, to judge; no verdict rests on a note.
import type { Input } from '../../core/base/machine.ts';
import type { Effect } from '../../core/base/outbox.ts';
import { columnLength } from '../../core/columns/column.ts';
import { batchSize } from '../../core/graph/batch.ts';
import { describeAttempt } from '../../core/protocol/describe-ids.ts';
import { describeReason } from '../../core/protocol/describe-reason.ts';
import type { Note } from '../../core/protocol/notes.ts';
import type { ClusterVocabulary, PortAnswer, PortFailed, PortRequest } from '../../core/protocol/ports.ts';
import type { CheckpointReason, JobReason, PortReason } from '../../core/protocol/reasons.ts';
import { BAD_CHECKSUM } from '../../net-real/sink-sums.ts';
import { createFacts as createRunFacts } from '../../run/facts/facts.ts';
import type { JobFacts, RunFacts } from '../../run/facts/facts.ts';
import type { Fact, FactOf } from '../../run/facts/history.ts';
import { runningTasks } from '../../run/facts/questions.ts';
import { noteObservation } from '../../run/facts/reduce.ts';
import type { TraceLine } from '../../run/trace.ts';

type Timed<T> = Omit<T, 'at'> & { readonly atMs: number };

/** `restoredFrom`: the checkpoint that it was restored from; 0: none. */
export type Deployment = Timed<FactOf<'job-deployed'>>;

export interface RealFacts {
  readonly run: RunFacts;
  /** Facts of its history that were taken over. */
  told: number;
  /** Whoever was elected last. */
  leader: { readonly node: string; readonly epoch: number } | null;
  elections: number;
  readonly completed: Timed<FactOf<'checkpoint-completed'>>[];
  readonly aborted: Timed<FactOf<'checkpoint-given-up'>>[];
  readonly deployments: Deployment[];
  readonly failures: Timed<FactOf<'task-failed'>>[];
  /** TaskManagers that heard that they are registered. */
  readonly joined: { readonly node: string; readonly atMs: number }[];
  /** When records moved: were read, crossed a channel, or went to a sink. */
  readonly movedAtMs: number[];
  /** Transactions that became visible. */
  readonly committed: Timed<FactOf<'output-committed'>>[];
  /** When a store, a source or a sink answered that it failed. */
  readonly refusedAtMs: number[];
  /** When somebody said of something stored that it is damaged. */
  readonly damagedAtMs: number[];
  /** The last answer of a store, a source or a sink that was a failure: who got it, and why. */
  refusal: { readonly node: string; readonly reason: PortReason } | null;
  /** The last answer that the job's own module cannot be loaded: who got it, and what the module did. */
  notLoaded: { readonly node: string; readonly text: string } | null;
  readonly noted: Noted;
}

/** Reasons, as the machines note them. */
export interface Noted {
  /** Why checkpoints were aborted, by `job/id`. */
  readonly aborts: Map<string, CheckpointReason>;
  /** Why jobs restarted, in order. */
  readonly restarts: JobReason[];
  /** Messages that were not acted upon: who ignored one of whom. */
  readonly ignored: { readonly atMs: number; readonly by: string; readonly of: string }[];
}

export function createFacts(): RealFacts {
  return {
    run: createRunFacts(),
    told: 0,
    leader: null,
    elections: 0,
    completed: [],
    aborted: [],
    deployments: [],
    failures: [],
    joined: [],
    movedAtMs: [],
    committed: [],
    refusedAtMs: [],
    damagedAtMs: [],
    refusal: null,
    notLoaded: null,
    noted: { aborts: new Map(), restarts: [], ignored: [] },
  };
}

const reading = { world: 'real', checkpointTimeoutMs: Number.POSITIVE_INFINITY } as const;

export function noteLine(facts: RealFacts, line: TraceLine): void {
  const { history } = facts.run;
  noteObservation(facts.run, line, line.at, reading);
  for (; facts.told < history.length; facts.told++) onFact(facts, history[facts.told] as Fact);
  if (line.kind !== 'stepped') return;
  const atMs = line.at / 1_000;
  const { node, input, effects } = line;
  if (isRegistration(input as Input<ClusterVocabulary>)) facts.joined.push({ node, atMs });
  if (input.kind === 'completed') onAnswer(facts, node, input.answer as PortAnswer | PortFailed, atMs);
  if (bringsRecords(input as Input<ClusterVocabulary>) || effects.some(takesRecords)) facts.movedAtMs.push(atMs);
  for (const effect of effects) {
    if (effect.effect !== 'note') continue;
    onNote(facts.noted, node, effect.note as Note, atMs);
    if (namesDamage(effect.note)) facts.damagedAtMs.push(atMs);
  }
}

function onFact(facts: RealFacts, { at, ...fact }: Fact): void {
  const atMs = at / 1_000;
  switch (fact.kind) {
    case 'leader-elected':
      facts.elections += 1;
      facts.leader = { node: fact.node, epoch: fact.epoch };
      return;
    case 'job-deployed':
      return void facts.deployments.push({ ...fact, atMs });
    case 'task-failed':
      return void facts.failures.push({ ...fact, atMs });
    case 'checkpoint-completed':
      return void facts.completed.push({ ...fact, atMs });
    case 'checkpoint-given-up':
      return void facts.aborted.push({ ...fact, atMs });
    case 'output-committed':
      return void facts.committed.push({ ...fact, atMs });
    default:
  }
}

/** Reasons that name what cannot be read, wherever in a reason they stand. */
const DAMAGES: ReadonlySet<unknown> = new Set(['unreadable', 'artifact-damaged']);

function namesDamage(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false;
  return DAMAGES.has((value as { readonly kind?: unknown }).kind) || Object.values(value).some(namesDamage);
}

function onAnswer(facts: RealFacts, node: string, answer: PortAnswer | PortFailed, atMs: number): void {
  if (answer.kind === 'failed') {
    facts.refusal = { node, reason: answer.reason };
    facts.refusedAtMs.push(atMs);
    if (answer.reason.kind === 'io' && answer.reason.code === BAD_CHECKSUM) facts.damagedAtMs.push(atMs);
  }
  if (answer.kind !== 'artifact-refused') return;
  const { reason } = answer;
  if (namesDamage(reason)) facts.damagedAtMs.push(atMs);
  if (reason.kind === 'artifact-not-importable') facts.notLoaded = { node, text: reason.text };
  if (reason.kind === 'artifact-without-job') facts.notLoaded = { node, text: 'its module exports no job there' };
}

function isRegistration(input: Input<ClusterVocabulary>): boolean {
  return input.kind === 'message' && input.message.kind === 'task-manager-registered';
}

function bringsRecords(input: Input<ClusterVocabulary>): boolean {
  if (input.kind === 'completed') return bringsSome(input.answer);
  if (input.kind !== 'message' || input.message.kind !== 'channel-elements') return false;
  return input.message.body.elements.some((element) => element.kind === 'batch' && batchSize(element.batch) > 0);
}

function bringsSome(answer: Extract<Input<ClusterVocabulary>, { kind: 'completed' }>['answer']): boolean {
  if (answer.kind === 'record-column') return columnLength(answer.column) > 0;
  return answer.kind === 'records' && answer.values.length > 0;
}

function takesRecords(effect: Effect): boolean {
  if (effect.effect !== 'request') return false;
  const request = effect.request as PortRequest;
  return request.kind === 'sink-write' && request.records.length > 0;
}

function onNote(noted: Noted, node: string, note: Note, atMs: number): void {
  switch (note.kind) {
    case 'job-restarting':
      return void noted.restarts.push(note.reason);
    case 'checkpoint-aborted':
      return void noted.aborts.set(`${note.jobId}/${note.checkpointId}`, note.reason);
    case 'message-ignored':
      return void noted.ignored.push({ atMs, by: node, of: note.from });
    default:
  }
}

// ---- Questions

/** Attempts that are RUNNING, by TaskManager. */
export function runningBy({ run }: RealFacts): ReadonlyMap<string, readonly string[]> {
  const tasks = Map.groupBy(runningTasks(run), ({ taskManager }) => taskManager);
  return new Map([...tasks].map(([node, list]) => [node, list.map(({ attempt }) => describeAttempt(attempt))]));
}

export function runningAttempts({ run }: RealFacts): number {
  return runningTasks(run).length;
}

/** Jobs that are not over, all tasks of which run. Tasks that were cancelled are of a parallelism that it had, or come back in another attempt. */
export function jobsAtWork({ run }: RealFacts): readonly string[] {
  return [...run.jobs.values()].filter(isAtWork).map(({ jobId }) => jobId);
}

function isAtWork({ attempt, ended }: JobFacts): boolean {
  const tasks = [...(attempt?.tasks.values() ?? [])].filter(({ state }) => state !== 'CANCELED');
  return !ended && tasks.length > 0 && tasks.every(({ state, isGone }) => state === 'RUNNING' && !isGone);
}

/** Of all jobs, or of one: the latest that is complete; 0: none. */
export function lastCheckpoint({ completed }: RealFacts, ofJob?: string): number {
  return completed.findLast(({ jobId }) => ofJob === undefined || jobId === ofJob)?.checkpointId ?? 0;
}

/** Nothing but results is left of all jobs that were ever accepted. */
export function isCleanedUp({ run }: RealFacts): boolean {
  return [...run.jobs.values()].every(({ cleanedUp }) => cleanedUp);
}

/** Why a checkpoint was aborted: as its leader noted it, or as far as it shows. */
export function whyAborted({ noted }: RealFacts, { jobId, checkpointId, why }: RealFacts['aborted'][number]): string {
  const reason = noted.aborts.get(`${jobId}/${checkpointId}`);
  return reason === undefined ? why : describeReason(reason);
}

/** The longest time between two moves of records, from the last one before `fromMs` to the first one after `untilMs`. */
export function longestStandstillMs(facts: RealFacts, fromMs: number, untilMs: number): number {
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
