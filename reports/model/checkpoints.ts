// Checkpoints from their trigger to their end, with who acknowledged when. Their ids are counted by each job for itself.
import { describeAttempt } from '../../src/core/protocol/describe-ids.ts';
import type { Bodies } from '../../src/core/protocol/messages.ts';
import type { Envelope } from '../../src/core/base/vocabulary.ts';
import type { Fact, FactOf } from '../../src/run/facts/history.ts';
import { barrierIn } from './categories.ts';
import type { TraceFacts } from './facts.ts';
import type { Lanes } from './lanes.ts';
import { NONE } from './model.ts';
import type { Checkpoint } from './model.ts';
import type { Readers } from './readers.ts';
import type { Traffic } from './traffic.ts';
import type { Whys } from './whys.ts';

type OpenCheckpoint = { -readonly [K in keyof Checkpoint]: Checkpoint[K] };

/** A checkpoint with what names it, and its leader. */
interface Followed {
  readonly jobId: string;
  readonly by: string;
  readonly acks: Checkpoint['acks'][number][];
  readonly checkpoint: OpenCheckpoint;
}

export function checkpointsOf(
  { history }: TraceFacts,
  whys: Whys,
  traffic: Traffic,
  lanes: Lanes,
  readers: Readers,
  endAt: number,
): Checkpoint[] {
  const all = new Map<string, Followed>();
  for (const fact of history) onFact(all, fact, whys, lanes);
  return [...all.values()].map(({ jobId, checkpoint }) => {
    checkpoint.reached = reachedBy(traffic, readers, jobId, checkpoint.id);
    if (checkpoint.outcome === 'open') checkpoint.endedAt = endAt;
    return checkpoint;
  });
}

function onFact(all: Map<string, Followed>, fact: Fact, whys: Whys, lanes: Lanes): void {
  switch (fact.kind) {
    case 'checkpoint-triggered':
      return void all.set(keyOf(fact), follow(fact, lanes));
    case 'checkpoint-acknowledged': {
      const { by, at, attempt, checkpointId } = fact;
      const ack = { lane: lanes.indexOf(by), task: describeAttempt(attempt), at };
      return void all.get(keyOf({ jobId: attempt.jobId, checkpointId }))?.acks.push(ack);
    }
    case 'checkpoint-completed':
      return complete(all.get(keyOf(fact)), fact);
    case 'checkpoint-given-up': {
      const outcome = fact.why === 'the leader changed' ? 'abandoned' : 'aborted';
      return end(all.get(keyOf(fact)), fact.at, outcome, whys.aborted(fact) ?? fact.why);
    }
    case 'leader-left':
      return leave(all, fact, whys);
    default:
  }
}

function follow({ at, jobId, by, checkpointId: id }: FactOf<'checkpoint-triggered'>, lanes: Lanes): Followed {
  const acks: Followed['acks'] = [];
  const ends = { triggeredAt: at, endedAt: at, outcome: 'open', why: '' } as const;
  return { jobId, by, acks, checkpoint: { id, lane: lanes.indexOf(by), ...ends, reached: [], acks } };
}

function end(followed: Followed | undefined, at: number, outcome: Checkpoint['outcome'], why: string): void {
  if (followed?.checkpoint.outcome === 'open') Object.assign(followed.checkpoint, { endedAt: at, outcome, why });
}

/** Its pointer may become durable when its leader is gone, or be found by the next one. */
function complete(followed: Followed | undefined, { at, by }: FactOf<'checkpoint-completed'>): void {
  if (followed === undefined) return;
  const why = by === followed.by ? '' : `${by} found it complete`;
  Object.assign(followed.checkpoint, { endedAt: at, outcome: 'completed', why });
}

/** What is pending is nobody's. */
function leave(all: ReadonlyMap<string, Followed>, fact: FactOf<'leader-left'>, whys: Whys): void {
  const { node, at, why } = fact;
  const lives = why === 'looks for a leader' || why === 'elected again' || why === 'never led';
  const because = whys.leaderLeft(fact) ?? `${node} ${lives ? 'does not lead any more' : 'died'}`;
  for (const followed of all.values()) if (followed.by === node) end(followed, at, 'abandoned', because);
}

function keyOf({ jobId, checkpointId }: { readonly jobId: string; readonly checkpointId: number }): string {
  return `${jobId} ${checkpointId}`;
}

/** A barrier of it, or its trigger, was taken from a message. */
function reachedBy(
  { messages, envelopes }: Traffic,
  { guest }: Readers,
  jobId: string,
  checkpointId: number,
): Checkpoint['reached'] {
  const first = new Map<number, number>();
  for (const [index, envelope] of envelopes.entries()) {
    const { to, endedAt, fate } = messages[index]!;
    if (fate !== 'arrived') continue;
    const carried = carriedBy(envelope, barrierIn(guest, envelope));
    if (carried?.jobId !== jobId || carried.checkpointId !== checkpointId) continue;
    first.set(to, Math.min(first.get(to) ?? endedAt, endedAt));
  }
  return [...first].map(([lane, at]) => ({ lane, at })).sort((one, other) => one.lane - other.lane);
}

/** Null: it has nothing to do with any. */
function carriedBy(
  envelope: Envelope,
  barrier: number,
): { readonly jobId: string; readonly checkpointId: number } | null {
  if (barrier !== NONE) {
    const { channel } = envelope.body as Bodies['channel-elements'];
    return { jobId: channel.jobId, checkpointId: barrier };
  }
  if (envelope.kind !== 'trigger-checkpoint') return null;
  const { attempt, checkpointId } = envelope.body as Bodies['trigger-checkpoint'];
  return { jobId: attempt.jobId, checkpointId };
}
