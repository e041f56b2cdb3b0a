// What stores hold: who leads, which checkpoints are complete, what is over, what is on its way. In a simulated run it is seen when a request
// is applied. A real store shows nothing of itself: there an answer tells that a request was applied, or what lay under a key.
import type { Address } from '../../core/base/machine.ts';
import { CHECKPOINTS_PREFIX, JOB_PREFIX, LEADER_KEY, RESULT_PREFIX } from '../../core/protocol/ha-keys.ts';
import type { HaEntry, PortAnswer, PortRequest } from '../../core/protocol/ports.ts';
import { decodeLeader, decodeResult } from '../../core/protocol/records-codec.ts';
import type { TimeUs } from '../observation.ts';
import { onPointersSeen, type Seen } from './checkpoints.ts';
import { jobOf, type RunFacts } from './facts.ts';
import { onElected, onLeaderActs, onLeaseAsked } from './leaders.ts';

export function onRequested(facts: RunFacts, request: PortRequest, { node, at }: Seen): void {
  switch (request.kind) {
    case 'storage-put':
      return void facts.uploading.set(request.name, node);
    case 'sink-commit':
      return void facts.committing.set(request.transaction, node);
    case 'ha-lease':
      return onLeaseAsked(facts, node, at);
    case 'ha-renew':
    case 'ha-read':
      return onLeaderActs(facts, node);
    default:
      return;
  }
}

/** A request took effect, and was answered so. */
export function onTookEffect(
  facts: RunFacts,
  request: PortRequest,
  answer: { readonly kind: string },
  { node, at }: Seen,
): void {
  switch (request.kind) {
    case 'storage-put':
      return void facts.uploading.delete(request.name);
    case 'sink-commit':
      facts.committing.delete(request.transaction);
      return answer.kind === 'sink-committed' ? onCommitted(facts, request, { node, at }) : undefined;
    case 'ha-renew':
      if (answer.kind === 'ha-renewed' && facts.leader !== null) facts.leader.heardAt = at;
      return;
    case 'ha-write':
      if (answer.kind === 'ha-written' && request.value !== null)
        onSeen(facts, request.key, request.value, { node, at });
      return;
    default:
      return;
  }
}

function onCommitted(
  facts: RunFacts,
  { sink, transaction }: Extract<PortRequest, { readonly kind: 'sink-commit' }>,
  { node, at }: Seen,
): void {
  if (facts.committed.has(transaction)) return;
  facts.committed.add(transaction);
  facts.history.push({ at, kind: 'output-committed', node, sink, transaction });
}

/** A value lies, or lay, under a key of the HA service. */
function onSeen(facts: RunFacts, key: string, value: Uint8Array, seen: Seen): void {
  const { at } = seen;
  if (key === LEADER_KEY) onLeaderSeen(facts, value, at);
  else if (key.startsWith(CHECKPOINTS_PREFIX)) onPointersSeen(facts, key.slice(CHECKPOINTS_PREFIX.length), value, seen);
  else if (key.startsWith(JOB_PREFIX)) onJobSeen(facts, key.slice(JOB_PREFIX.length), at);
  else if (key.startsWith(RESULT_PREFIX)) onResultSeen(facts, key.slice(RESULT_PREFIX.length), value, at);
}

function onLeaderSeen(facts: RunFacts, value: Uint8Array, at: TimeUs): void {
  const leader = decodeLeader(value);
  if (!leader.ok || leader.value.epoch <= (facts.leader?.epoch ?? 0)) return;
  const { epoch, address } = leader.value;
  facts.leader = { epoch, address, heardAt: at, stopped: false };
  facts.history.push({ at, kind: 'leader-elected', node: address, epoch });
  onElected(facts, leader.value, at);
}

function onJobSeen(facts: RunFacts, jobId: string, at: TimeUs): void {
  const job = jobOf(facts, jobId);
  if (job.stored || job.ended) return;
  job.stored = true;
  facts.history.push({ at, kind: 'job-stored', jobId });
}

/** It is written again when everything is cleaned up. */
function onResultSeen(facts: RunFacts, jobId: string, value: Uint8Array, at: TimeUs): void {
  const job = jobOf(facts, jobId);
  const result = decodeResult(value);
  if (!job.ended && result.ok) facts.history.push({ at, kind: 'job-ended', jobId, status: result.value.status });
  job.ended = true;
  if (!result.ok || !result.value.clean || job.cleanedUp) return;
  job.cleanedUp = true;
  facts.history.push({ at, kind: 'job-cleaned-up', jobId });
}

// ---- Where only answers can be seen

export function keepAsked(facts: RunFacts, id: number, request: PortRequest, node: Address): void {
  if (!tellingKinds.includes(request.kind)) return;
  const known = facts.asked.get(node);
  if (known === undefined) facts.asked.set(node, new Map([[id, request]]));
  else known.set(id, request);
}

const tellingKinds: readonly PortRequest['kind'][] = ['ha-write', 'ha-renew', 'storage-put', 'sink-commit'];

export function onAnswered(facts: RunFacts, id: number, answer: PortAnswer, asker: Seen): void {
  for (const { key, value } of entriesIn(answer)) onSeen(facts, key, value, asker);
  const request = facts.asked.get(asker.node)?.get(id);
  if (request === undefined) return;
  facts.asked.get(asker.node)?.delete(id);
  onTookEffect(facts, request, answer, asker);
}

function entriesIn(answer: PortAnswer): readonly HaEntry[] {
  switch (answer.kind) {
    case 'ha-entries':
      return answer.entries;
    case 'ha-conflict':
    case 'ha-changed':
      return answer.entry === null ? [] : [answer.entry];
    case 'ha-lease':
      return answer.leader === null ? [] : [answer.leader];
    default:
      return [];
  }
}
