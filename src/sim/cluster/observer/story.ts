// The story of a cluster: who led, what was deployed, what became of checkpoints and output, which faults struck.
import { unreachable } from '../../../core/base/assert.ts';
import { describeAttempt } from '../../../core/protocol/describe-ids.ts';
import { describeReason } from '../../../core/protocol/describe-reason.ts';
import { createFacts } from '../../../run/facts/facts.ts';
import type { Fact, FactOf, RunFacts } from '../../../run/facts/facts.ts';
import { noteObservation } from '../../../run/facts/reduce.ts';
import type { Oracle, WorldView } from '../../observation.ts';
import { sinksOf } from '../../oracles/service-views.ts';
import { faultEvent, type OnStory } from '../../story.ts';

interface Told {
  readonly facts: RunFacts;
  /** Facts of the history that were told, or passed over. */
  told: number;
  /** A task failed since the last deployment: the others mostly fail because of it. */
  failed: boolean;
}

const reading = { world: 'simulated', checkpointTimeoutMs: Number.POSITIVE_INFINITY } as const;

/** It never complains. */
export function storyTeller(onStory: OnStory): Oracle<Told> {
  return {
    name: 'story',
    create: () => ({ facts: createFacts(), told: 0, failed: false }),
    observe(told, seen, view) {
      if (seen.kind === 'fault') return onStory(faultEvent(seen, view.now));
      const { history } = told.facts;
      noteObservation(told.facts, seen, view.now, reading);
      for (; told.told < history.length; told.told++) {
        const text = textOf(told, history[told.told] as Fact, view);
        if (text !== null) onStory({ kind: 'milestone', atUs: view.now, text });
      }
    },
    finish: () => {},
  };
}

function textOf(told: Told, fact: Fact, view: WorldView): string | null {
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
    case 'output-committed':
      return textOfCommit(fact, view);
    case 'job-ended':
      return 'the result of the job became durable';
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
function textOfCommit({ node, sink, transaction }: FactOf<'output-committed'>, view: WorldView): string | null {
  const records = sinksOf(view).sinks.get(sink)?.committed.at(-1)?.records.length ?? 0;
  if (records === 0) return null;
  return `${node} committed ${records} ${records === 1 ? 'record' : 'records'} to ${sink}, as ${transaction}`;
}
