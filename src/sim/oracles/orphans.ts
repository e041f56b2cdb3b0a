// A part of O-store: what no pointer can need any more is deleted. A leader that was shown such a file by one listing has asked for its
// deletion before it gets the next one. Nobody is hurried: a file that never shows in two listings of one leader is not judged.
import type { Address, Failed } from '../../core/base/vocabulary.ts';
import type { PortAnswer, PortRequest } from '../../core/protocol/ports.ts';
import type { Pointers } from './pointers.ts';
import { sentBy, type Stepped } from './seen.ts';

export interface Orphans {
  /** `node#incarnation` of the leader that told of the last completion, and the oldest checkpoint that it retained then; 0: none. */
  leader: string;
  oldest: number;
  /** What that leader was shown, and has to delete. */
  due: Set<string>;
  /** Whose deletion it asked for, whatever came of it. */
  readonly asked: Set<string>;
}

export function createOrphans(): Orphans {
  return { leader: '', oldest: 0, due: new Set(), asked: new Set() };
}

/** Somebody was elected, perhaps the same once more: what leaders knew before is gone. */
export function forgetLeader(orphans: Orphans): void {
  orphans.leader = '';
  orphans.due.clear();
  orphans.asked.clear();
}

/** Files that a leader has forgotten to delete, as of this step. */
export function forgottenBy(orphans: Orphans, jobId: string, pointers: Pointers, seen: Stepped): readonly string[] {
  const names = listedTo(seen);
  const isLeader = orphans.leader === nameOf(seen.node, seen.incarnation);
  const forgotten = names !== null && isLeader ? names.filter((name) => orphans.due.has(name)) : [];
  if (names !== null && isLeader) orphans.due = new Set(names.filter((name) => isOwed(orphans, jobId, name)));
  for (const effect of seen.effects) {
    if (effect.effect === 'request') noteDeletion(orphans, effect.request as PortRequest);
    else if (sentBy(effect)?.kind === 'notify-checkpoint-complete') noteLeader(orphans, pointers, seen);
  }
  return forgotten;
}

/** The names that a listing just showed, or null. */
function listedTo({ input }: Stepped): readonly string[] | null {
  const answer = input.kind === 'completed' ? (input.answer as PortAnswer | Failed) : null;
  return answer?.kind === 'listed' ? answer.names : null;
}

function nameOf(node: Address, incarnation: number): string {
  return `${node}#${incarnation}`;
}

/** Older than all that is retained: neither pending, nor a successor's, nor restored from ever again. */
function isOwed({ oldest, asked }: Orphans, jobId: string, name: string): boolean {
  const id = name.startsWith(`${jobId}/chk-`) ? Number.parseInt(name.slice(jobId.length + '/chk-'.length), 10) : oldest;
  return id < oldest && !asked.has(name);
}

function noteDeletion(orphans: Orphans, request: PortRequest): void {
  if (request.kind !== 'storage-delete') return;
  orphans.due.delete(request.name);
  orphans.asked.add(request.name);
}

function noteLeader(orphans: Orphans, { retained }: Pointers, { node, incarnation }: Stepped): void {
  const leader = nameOf(node, incarnation);
  if (orphans.leader !== leader) forgetLeader(orphans);
  orphans.leader = leader;
  orphans.oldest = retained[0]?.checkpointId ?? 0;
}
