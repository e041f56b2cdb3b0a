// Checkpoints from their trigger to their end, with who acknowledged when.
import type { Lanes } from './lanes.ts';
import type { Checkpoint, Message } from './model.ts';
import type { Note } from './notes.ts';

const TRIGGERED = /^checkpoint (\d+) of \S+ triggered/;
const COMPLETED = /^checkpoint (\d+) of \S+ completed/;
const ABORTED = /^checkpoint (\d+) of \S+ aborted: ([^]*)$/;
const RECOVERED = /^job \S+ recovered, latest checkpoint (\d+)/;
const LEFT = /^stops leading epoch \d+: ([^;]*)/;
const ACKNOWLEDGED = /^acknowledge-checkpoint (\d+) (\S+)/;

type OpenCheckpoint = { -readonly [K in keyof Checkpoint]: Checkpoint[K] };

export function checkpointsOf(
  notes: readonly Note[],
  messages: readonly Message[],
  lanes: Lanes,
  endAt: number,
): Checkpoint[] {
  const byId = new Map<number, OpenCheckpoint>();
  for (const note of notes) {
    if (note.kind === 'died') leave(byId, lanes.indexOf(note.node), note.at, `${note.node} died`);
    else onSaid(byId, lanes, note.node, note.at, note.text);
  }
  for (const checkpoint of byId.values()) {
    checkpoint.acks = acknowledgements(messages, checkpoint.id);
    checkpoint.reached = reachedBy(messages, checkpoint.id);
    if (checkpoint.outcome === 'open') checkpoint.endedAt = endAt;
  }
  return [...byId.values()];
}

function onSaid(byId: Map<number, OpenCheckpoint>, lanes: Lanes, node: string, at: number, text: string): void {
  const lane = lanes.indexOf(node);
  const triggered = TRIGGERED.exec(text);
  if (triggered !== null) {
    const id = Number(triggered[1]);
    byId.set(id, { id, lane, triggeredAt: at, endedAt: at, outcome: 'open', why: '', reached: [], acks: [] });
    return;
  }
  const completed = COMPLETED.exec(text);
  if (completed !== null) end(byId.get(Number(completed[1])), at, 'completed', '');
  const aborted = ABORTED.exec(text);
  if (aborted !== null) end(byId.get(Number(aborted[1])), at, 'aborted', aborted[2] as string);
  const left = LEFT.exec(text);
  if (left !== null) leave(byId, lane, at, left[1] as string);
  const recovered = RECOVERED.exec(text);
  if (recovered !== null) findCompleted(byId.get(Number(recovered[1])), at, node);
}

function end(checkpoint: OpenCheckpoint | undefined, at: number, outcome: Checkpoint['outcome'], why: string): void {
  if (checkpoint === undefined || checkpoint.outcome !== 'open') return;
  Object.assign(checkpoint, { endedAt: at, outcome, why });
}

/** Whoever led does not any more: what was pending is nobody's. */
function leave(byId: Map<number, OpenCheckpoint>, lane: number, at: number, why: string): void {
  for (const checkpoint of byId.values()) if (checkpoint.lane === lane) end(checkpoint, at, 'abandoned', why);
}

/** Its pointer was durable before its leader went: the next one found it. */
function findCompleted(checkpoint: OpenCheckpoint | undefined, at: number, node: string): void {
  if (checkpoint === undefined || checkpoint.outcome === 'completed') return;
  Object.assign(checkpoint, { endedAt: at, outcome: 'completed', why: `${node} found it complete` });
}

function acknowledgements(messages: readonly Message[], id: number): Checkpoint['acks'] {
  return messages.flatMap(({ text, from, sentAt }) => {
    const [, checkpoint, task] = ACKNOWLEDGED.exec(text) ?? [];
    return task !== undefined && Number(checkpoint) === id ? [{ lane: from, task, at: sentAt }] : [];
  });
}

/** A barrier of it, or its trigger, was taken from a message. */
function reachedBy(messages: readonly Message[], id: number): Checkpoint['reached'] {
  const sign = new RegExp(`^trigger-checkpoint ${id} |\\bbarrier ${id}\\b`);
  const first = new Map<number, number>();
  for (const { text, to, endedAt, fate, category } of messages) {
    if (category !== 'checkpoint' || fate !== 'arrived' || !sign.test(text)) continue;
    first.set(to, Math.min(first.get(to) ?? endedAt, endedAt));
  }
  return [...first].map(([lane, at]) => ({ lane, at })).sort((one, other) => one.lane - other.lane);
}
