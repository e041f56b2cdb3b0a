// The story of a cluster: who led, what was deployed, what became of checkpoints and output, which faults struck.
import { unreachable } from '../../../core/base/assert.ts';
import { describeAttempt } from '../../../core/protocol/describe-ids.ts';
import { describeNote } from '../../../core/protocol/describe-note.ts';
import { describeReason } from '../../../core/protocol/describe-reason.ts';
import type { Kind } from '../../../core/protocol/messages.ts';
import type { Note } from '../../../core/protocol/notes.ts';
import { createFacts } from '../../../run/facts/facts.ts';
import type { RunFacts } from '../../../run/facts/facts.ts';
import type { Fact, FactOf } from '../../../run/facts/history.ts';
import { noteObservation } from '../../../run/facts/reduce.ts';
import type { Observation, Oracle, WorldView } from '../../observation.ts';
import { sinksOf } from '../../oracles/service-views.ts';
import { faultEvent, type OnStory, type StoryEvent } from '../../story.ts';

interface Told {
  readonly facts: RunFacts;
  /** Facts of the history that were told, or passed over. */
  told: number;
  /** A task failed since the last deployment: the others mostly fail because of it. */
  failed: boolean;
}

const reading = { world: 'simulated', checkpointTimeoutMs: Number.POSITIVE_INFINITY } as const;

/**
 * It never complains.
 * @param jobs how many jobs the run has: of several, each line says which one it is about
 */
export function storyTeller(onStory: OnStory, jobs: number): Oracle<Told> {
  const tell = (view: WorldView, told: Line): void => onStory({ kind: 'milestone', atUs: view.now, ...told });
  return {
    name: 'story',
    create: () => ({ facts: createFacts(), told: 0, failed: false }),
    observe(told, seen, view) {
      if (seen.kind === 'fault') return onStory(faultEvent(seen, view.now));
      const { history } = told.facts;
      for (const line of causesIn(seen)) tell(view, line);
      noteObservation(told.facts, seen, view.now, reading);
      for (; told.told < history.length; told.told++) {
        const fact = history[told.told] as Fact;
        const line = lineOf(told, fact, view);
        if (line !== null) tell(view, { ...line, text: `${jobs > 1 ? whose(fact) : ''}${line.text}` });
      }
    },
    finish: () => {},
  };
}

type Line = Pick<Extract<StoryEvent, { readonly kind: 'milestone' }>, 'text' | 'alike'>;

/** `job-2: `, of what does not name its job itself. */
function whose(fact: Fact): string {
  if (fact.kind === 'task-failed') return `${fact.attempt.jobId}: `;
  const namesIt = fact.kind === 'job-deployed' || !('jobId' in fact);
  return namesIt ? '' : `${fact.jobId}: `;
}

/** Why a job restarts, and which late words changed nothing: what machines noted of that. */
function causesIn(seen: Observation): Line[] {
  if (seen.kind !== 'stepped') return [];
  return seen.effects.flatMap((effect) => {
    const note = effect.effect === 'note' ? (effect.note as Note) : null;
    return note !== null && isCause(note) ? [lineOfCause(seen.node, note)] : [];
  });
}

/** The same late word may come of each task, or again with each heartbeat. */
function lineOfCause(node: string, note: Note): Line {
  const text = `${node}: ${describeNote(note)}`;
  if (note.kind !== 'message-ignored') return { text };
  const { message, reason } = note;
  const them = `messages ${message} were ignored by ${node}: ${describeReason(reason)}`;
  return { text, alike: { about: { kind: message, to: node }, them } };
}

function isCause(note: Note): boolean {
  return causes.has(note.kind) || (note.kind === 'message-ignored' && wordsThatMatter.has(note.message));
}

const causes: ReadonlySet<Note['kind']> = new Set<Note['kind']>([
  'job-restarting',
  'task-manager-lost',
  'leadership-lost',
]);

const wordsThatMatter: ReadonlySet<string> = new Set<Kind>([
  'deploy-task',
  'task-state-changed',
  'trigger-checkpoint',
  'acknowledge-checkpoint',
  'decline-checkpoint',
  'abort-checkpoint',
  'notify-checkpoint-complete',
]);

function lineOf(told: Told, fact: Fact, view: WorldView): Line | null {
  if (fact.kind === 'output-committed') return lineOfCommit(fact, view);
  const text = textOf(told, fact);
  return text === null ? null : { text };
}

function textOf(told: Told, fact: Exclude<Fact, { readonly kind: 'output-committed' }>): string | null {
  switch (fact.kind) {
    case 'leader-elected':
      return `${fact.node} became leader, epoch ${fact.epoch}`;
    case 'job-deployed':
      told.failed = false;
      return textOfDeployment(fact);
    case 'task-failed':
      return textOfFailure(told, fact);
    case 'checkpoint-triggered':
      return `${fact.by} triggered checkpoint ${fact.checkpointId}`;
    case 'checkpoint-given-up':
      return fact.by === null ? null : `${fact.by} gave up checkpoint ${fact.checkpointId}`;
    case 'checkpoint-completed':
      return `checkpoint ${fact.checkpointId} became complete`;
    case 'job-ended':
      return 'the result of the job became durable';
    case 'leader-left':
    case 'job-stored':
    case 'job-restarting':
    case 'task-moved':
    case 'task-lost':
    case 'checkpoint-acknowledged':
    case 'job-cleaned-up':
      return null;
    default:
      return unreachable(fact);
  }
}

function textOfDeployment({ jobId, epoch, attempt, restoredFrom }: FactOf<'job-deployed'>): string {
  const from = restoredFrom === 0 ? 'its beginning' : `checkpoint ${restoredFrom}`;
  return `${jobId} was deployed, attempt ${attempt} of epoch ${epoch}, from ${from}`;
}

function textOfFailure(told: Told, { node, attempt, reason }: FactOf<'task-failed'>): string | null {
  if (told.failed) return null;
  told.failed = true;
  return `${describeAttempt(attempt)} on ${node} failed: ${reason === null ? 'nobody knows why' : describeReason(reason)}`;
}

/** Many are empty. */
function lineOfCommit({ node, sink, transaction }: FactOf<'output-committed'>, view: WorldView): Line | null {
  const records = sinksOf(view).sinks.get(sink)?.committed.at(-1)?.records.length ?? 0;
  if (records === 0) return null;
  return {
    text: `${node} committed ${records} ${records === 1 ? 'record' : 'records'} to ${sink}, as ${transaction}`,
    alike: { about: { transaction }, them: `transactions were committed to ${sink}` },
  };
}
