// Checkpoints from their trigger to their end, with who acknowledged when.
import { describeReason } from '../../src/core/protocol/describe-reason.ts';
import type { Lanes } from './lanes.ts';
import type { Envelope } from '../../src/core/base/vocabulary.ts';
import type { Bodies } from '../../src/core/protocol/messages.ts';
import { describeAttempt } from '../../src/core/protocol/describe-ids.ts';
import type { GuestHeader } from '../../src/run/trace.ts';
import { NONE } from './model.ts';
import type { Checkpoint } from './model.ts';
import { barrierIn } from './categories.ts';
import type { Readers } from './readers.ts';
import type { Traffic } from './traffic.ts';
import type { Noted } from './notes.ts';

type OpenCheckpoint = { -readonly [K in keyof Checkpoint]: Checkpoint[K] };
type Checkpoints = Map<number, OpenCheckpoint>;

export function checkpointsOf(
  notes: readonly Noted[],
  traffic: Traffic,
  lanes: Lanes,
  readers: Readers,
  endAt: number,
): Checkpoint[] {
  if (readers.guest.kind !== 'job') return [];
  const byId: Checkpoints = new Map();
  for (const noted of notes) {
    if (noted.kind === 'died') leave(byId, lanes.indexOf(noted.node), noted.at, `${noted.node} died`);
    else onNote(byId, noted, lanes);
  }
  for (const checkpoint of byId.values()) {
    checkpoint.acks = acknowledgements(traffic, checkpoint.id);
    checkpoint.reached = reachedBy(traffic, readers, checkpoint.id);
    if (checkpoint.outcome === 'open') checkpoint.endedAt = endAt;
  }
  return [...byId.values()];
}

function onNote(byId: Checkpoints, { node, at, note }: Extract<Noted, { kind: 'noted' }>, lanes: Lanes): void {
  const lane = lanes.indexOf(node);
  switch (note.kind) {
    case 'checkpoint-triggered': {
      const id = note.checkpointId;
      byId.set(id, { id, lane, triggeredAt: at, endedAt: at, outcome: 'open', why: '', reached: [], acks: [] });
      return;
    }
    case 'checkpoint-completed':
      return end(byId.get(note.checkpointId), at, 'completed', '');
    case 'checkpoint-aborted':
      return end(byId.get(note.checkpointId), at, 'aborted', describeReason(note.reason));
    case 'leadership-lost':
      return leave(byId, lane, at, describeReason(note.reason));
    case 'job-recovered':
      return findCompleted(byId.get(note.latestCheckpointId ?? NONE), at, node);
    default:
  }
}

function end(checkpoint: OpenCheckpoint | undefined, at: number, outcome: Checkpoint['outcome'], why: string): void {
  if (checkpoint === undefined || checkpoint.outcome !== 'open') return;
  Object.assign(checkpoint, { endedAt: at, outcome, why });
}

/** Whoever led does not any more: what was pending is nobody's. */
function leave(byId: Checkpoints, lane: number, at: number, why: string): void {
  for (const checkpoint of byId.values()) if (checkpoint.lane === lane) end(checkpoint, at, 'abandoned', why);
}

/** Its pointer was durable before its leader went: the next one found it. */
function findCompleted(checkpoint: OpenCheckpoint | undefined, at: number, node: string): void {
  if (checkpoint === undefined || checkpoint.outcome === 'completed') return;
  Object.assign(checkpoint, { endedAt: at, outcome: 'completed', why: `${node} found it complete` });
}

function acknowledgements({ messages, envelopes }: Traffic, id: number): Checkpoint['acks'] {
  return envelopes.flatMap(({ kind, body }, index) => {
    if (kind !== 'acknowledge-checkpoint') return [];
    const { checkpointId, attempt } = body as Bodies['acknowledge-checkpoint'];
    const { from, sentAt } = messages[index]!;
    return checkpointId === id ? [{ lane: from, task: describeAttempt(attempt), at: sentAt }] : [];
  });
}

/** A barrier of it, or its trigger, was taken from a message. */
function reachedBy({ messages, envelopes }: Traffic, { guest }: Readers, id: number): Checkpoint['reached'] {
  const first = new Map<number, number>();
  for (const [index, envelope] of envelopes.entries()) {
    const { to, endedAt, fate } = messages[index]!;
    if (fate !== 'arrived' || checkpointOf(guest, envelope) !== id) continue;
    first.set(to, Math.min(first.get(to) ?? endedAt, endedAt));
  }
  return [...first].map(([lane, at]) => ({ lane, at })).sort((one, other) => one.lane - other.lane);
}

function checkpointOf(guest: GuestHeader, envelope: Envelope): number {
  if (envelope.kind !== 'trigger-checkpoint') return barrierIn(guest, envelope);
  return (envelope.body as Bodies['trigger-checkpoint']).checkpointId;
}
