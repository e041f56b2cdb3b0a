// The story of a cluster: who led, what was deployed, what became of checkpoints and output, which faults struck.
import { LEADER_KEY, RESULT_PREFIX } from '../../../core/protocol/ha-keys.ts';
import type { Bodies, Message } from '../../../core/protocol/messages.ts';
import type { PortRequest } from '../../../core/protocol/ports.ts';
import { decodeLeader } from '../../../core/protocol/records-codec.ts';
import type { Observation, Oracle, WorldView } from '../../observation.ts';
import { createPointers, followPointers, type Pointers } from '../../oracles/pointers.ts';
import { haWriteOf, sentBy, sinkCommitOf, type Applied, type Stepped } from '../../oracles/seen.ts';
import { sinksOf } from '../../oracles/service-views.ts';
import { attemptText } from '../../oracles/text.ts';
import { faultText, type OnStory } from '../../story.ts';

interface Told {
  readonly pointers: Pointers;
  /** The newest of each that was told of; checkpoints and attempts count from 1 again under no leader but their own. */
  epoch: number;
  deployed: string;
  triggered: number;
  givenUp: number;
  /** The first task that failed since the last deployment was told of: the others mostly fail because of it. */
  failed: boolean;
  ended: boolean;
  readonly committed: Set<string>;
}

/** It never complains. */
export function storyTeller(jobId: string, onStory: OnStory): Oracle<Told> {
  const tell = (view: WorldView, text: string): void => onStory({ kind: 'milestone', atUs: view.now, text });
  return {
    name: 'story',
    create: () => ({
      pointers: createPointers(),
      epoch: 0,
      deployed: '',
      triggered: 0,
      givenUp: 0,
      failed: false,
      ended: false,
      committed: new Set(),
    }),
    observe(told, seen: Observation, view) {
      if (seen.kind === 'fault') onStory({ kind: 'fault', atUs: view.now, text: faultText(seen) });
      else if (seen.kind === 'stepped') for (const text of textsOfStep(told, seen)) tell(view, text);
      else if (seen.kind === 'applied') for (const text of textsOfApplied(told, jobId, seen, view)) tell(view, text);
    },
    finish: () => {},
  };
}

function textsOfStep(told: Told, seen: Stepped): string[] {
  return seen.effects.flatMap((effect) => {
    const message = sentBy(effect);
    const text = message === null ? null : textOfSent(told, seen.node, message);
    return text === null ? [] : [text];
  });
}

function textOfSent(told: Told, node: string, message: Message): string | null {
  switch (message.kind) {
    case 'deploy-task':
      return textOfDeployment(told, message.body);
    case 'trigger-checkpoint':
      if (message.body.checkpointId <= told.triggered) return null;
      told.triggered = message.body.checkpointId;
      return `${node} triggered checkpoint ${told.triggered}`;
    case 'abort-checkpoint':
      if (message.body.checkpointId <= told.givenUp) return null;
      told.givenUp = message.body.checkpointId;
      return `${node} gave up checkpoint ${told.givenUp}`;
    case 'task-state-changed':
      return textOfFailure(told, node, message.body);
    default:
      return null;
  }
}

function textOfFailure(
  told: Told,
  node: string,
  { state, attempt, reason }: Bodies['task-state-changed'],
): string | null {
  if (state !== 'FAILED' || told.failed) return null;
  told.failed = true;
  return `${attemptText(attempt)} on ${node} failed: ${reason ?? 'nobody knows why'}`;
}

/** The tasks of one deployment leave one after the other, and restore the same checkpoint. */
function textOfDeployment(told: Told, { epoch, task }: Bodies['deploy-task']): string | null {
  const deployment = `attempt ${task.attempt.attempt} of epoch ${epoch}`;
  if (deployment === told.deployed) return null;
  told.deployed = deployment;
  told.failed = false;
  const from = task.restore === null ? 'its beginning' : `checkpoint ${task.restore.checkpointId}`;
  return `${task.attempt.jobId} was deployed, ${deployment}, from ${from}`;
}

function textsOfApplied(told: Told, jobId: string, seen: Applied, view: WorldView): string[] {
  const write = haWriteOf(seen);
  if (write?.key === LEADER_KEY) return textsOfLeader(told, write.value);
  if (write?.key.startsWith(RESULT_PREFIX)) return textsOfResult(told);
  const commit = sinkCommitOf(seen);
  if (commit !== null) return textsOfCommit(told, seen.node, commit, view);
  const completed = followPointers(told.pointers, jobId, seen)?.added ?? [];
  return completed.map(({ checkpointId }) => `checkpoint ${checkpointId} became complete`);
}

function textsOfLeader(told: Told, value: Uint8Array | null): string[] {
  const leader = value === null ? null : decodeLeader(value);
  if (leader === null || !leader.ok || leader.value.epoch === told.epoch) return [];
  told.epoch = leader.value.epoch;
  return [`${leader.value.address} became leader, epoch ${told.epoch}`];
}

/** It is written again when everything is cleaned up. */
function textsOfResult(told: Told): string[] {
  if (told.ended) return [];
  told.ended = true;
  return ['the result of the job became durable'];
}

/** Commits are repeated, and many are empty. */
function textsOfCommit(
  told: Told,
  node: string,
  { sink, transaction }: Extract<PortRequest, { readonly kind: 'sink-commit' }>,
  view: WorldView,
): string[] {
  if (told.committed.has(transaction)) return [];
  told.committed.add(transaction);
  const records = sinksOf(view).sinks.get(sink)?.committed.at(-1)?.records.length ?? 0;
  if (records === 0) return [];
  return [`${node} committed ${records} ${records === 1 ? 'record' : 'records'} to ${sink}, as ${transaction}`];
}
