// A part of O-store: what no pointer can need any more is deleted. A leader that was shown such a file by one listing has asked for its
// deletion before it gets the next one, unless it still waits for the answers of others: it may ask for a few at a time. A leader that waits for metadata,
// or could not read it, does not know yet what is needed. Nobody is hurried: a file that never shows in two listings of one leader is not judged.
import type { Address, Failed } from '../../core/base/vocabulary.ts';
import type { Effect } from '../../core/base/outbox.ts';
import type { Note } from '../../core/protocol/notes.ts';
import type { PortAnswer, PortRequest } from '../../core/protocol/ports.ts';
import type { OracleShift } from '../observation.ts';
import { blobChecksum } from './decode.ts';
import type { Pointers } from './pointers.ts';
import { sentBy, type Stepped } from './seen.ts';

export interface Orphans {
  /** `node#incarnation` of the leader that told of the last completion, and the oldest checkpoint that it retained then; '' and 0: none. */
  leader: string;
  oldest: number;
  /** What that leader was shown, and has to delete. */
  due: Set<string>;
  /** By `node#incarnation`, since the last election: whoever leads may delete before it told of a completion. */
  readonly deletions: Map<string, Deletions>;
}

interface Deletions {
  /** Names whose deletion it asked for, whatever came of it. */
  readonly asked: Set<string>;
  /** Requests without an answer. */
  open: Set<number>;
  /** The same of files that it reads: their names. */
  reads: Map<number, string>;
  /** Since the last listing it could not read one. */
  isBlind: boolean;
}

export function createOrphans(): Orphans {
  return { leader: '', oldest: 0, due: new Set(), deletions: new Map() };
}

/** Somebody was elected, perhaps the same once more: what leaders knew before is gone. */
export function forgetLeader(orphans: Orphans): void {
  orphans.leader = '';
  orphans.due.clear();
  orphans.deletions.clear();
}

/** What is stored of a job. */
interface Stored {
  readonly pointers: Pointers;
  readonly savepoints: ReadonlySet<number>;
  /** Of the blob under each name. */
  readonly checksums: ReadonlyMap<string, number>;
}

/** Files that a leader has forgotten to delete, as of this step. */
export function forgottenBy(
  orphans: Orphans,
  jobId: string,
  { pointers, savepoints, checksums }: Stored,
  seen: Stepped,
): readonly string[] {
  if (isOfOthers(seen, jobId)) return NONE;
  const node = nameOf(seen.node, seen.incarnation);
  const deletions = orphans.deletions.get(node);
  if (seen.input.kind === 'completed' && deletions !== undefined) noteAnswer(deletions, seen.input, checksums);
  const names = orphans.leader === node ? listedTo(seen) : null;
  if (savepoints.size > 0) pardon(orphans.due, jobId, savepoints);
  const isBusy = deletions !== undefined && (deletions.open.size + deletions.reads.size > 0 || deletions.isBlind);
  const forgotten = names !== null && !isBusy ? names.filter((name) => orphans.due.has(name)) : [];
  if (names !== null && deletions !== undefined) deletions.isBlind = false;
  if (names !== null) orphans.due = new Set(names.filter((name) => isOwed(orphans, jobId, name, savepoints)));
  for (const effect of seen.effects) {
    if (effect.effect === 'request') noteRequest(orphans, node, effect.id, effect.request as PortRequest);
    else if (isNotification(effect, jobId)) noteLeader(orphans, pointers, node);
  }
  return forgotten;
}

/** What became a savepoint is not owed any more. */
function pardon(due: Set<string>, jobId: string, savepoints: ReadonlySet<number>): void {
  for (const name of due) if (savepoints.has(checkpointIn(jobId, name) ?? 0)) due.delete(name);
}

const NONE: readonly string[] = [];

/** Most steps hear of no answer, ask for no deletion and tell of no completion. */
function isOfOthers({ input, effects }: Stepped, jobId: string): boolean {
  if (input.kind === 'completed') return false;
  for (const effect of effects) {
    if (effect.effect === 'request' ? isOfFiles(effect.request as PortRequest) : isNotification(effect, jobId))
      return false;
  }
  return true;
}

function isOfFiles({ kind }: PortRequest): boolean {
  return kind === 'storage-delete' || kind === 'storage-get';
}

function isNotification(effect: Effect, jobId: string): boolean {
  const message = sentBy(effect);
  return message?.kind === 'notify-checkpoint-complete' && message.body.attempt.jobId === jobId;
}

/** The names that a listing just showed, or null. One that nobody waits for any more is not looked at. */
function listedTo({ input, effects }: Stepped): readonly string[] | null {
  const answer = input.kind === 'completed' ? (input.answer as PortAnswer | Failed) : null;
  return answer?.kind === 'listed' && !effects.some(isIgnored) ? answer.names : null;
}

function isIgnored(effect: Effect): boolean {
  return effect.effect === 'note' && (effect.note as Note).kind === 'answer-ignored';
}

function nameOf(node: Address, incarnation: number): string {
  return `${node}#${incarnation}`;
}

/** Older than all that is retained: neither pending, nor a successor's, nor restored from ever again. */
function isOwed(
  { leader, oldest, deletions }: Orphans,
  jobId: string,
  name: string,
  savepoints: ReadonlySet<number>,
): boolean {
  const id = checkpointIn(jobId, name);
  if (id === null || savepoints.has(id)) return false;
  return id < oldest && deletions.get(leader)?.asked.has(name) !== true;
}

/** The checkpoint that a file of the job was written for, or null. */
function checkpointIn(jobId: string, name: string): number | null {
  return name.startsWith(`${jobId}/chk-`) ? Number.parseInt(name.slice(jobId.length + '/chk-'.length), 10) : null;
}

function noteRequest(orphans: Orphans, node: string, id: number, request: PortRequest): void {
  if (!isOfFiles(request)) return;
  const deletions = orphans.deletions.get(node) ?? createDeletions();
  orphans.deletions.set(node, deletions);
  if (request.kind === 'storage-get') deletions.reads.set(id, request.name);
  if (request.kind !== 'storage-delete') return;
  if (orphans.leader === node) orphans.due.delete(request.name);
  deletions.asked.add(request.name);
  deletions.open.add(id);
}

function createDeletions(): Deletions {
  return { asked: new Set(), open: new Set(), reads: new Map(), isBlind: false };
}

function noteAnswer(
  deletions: Deletions,
  { request, answer }: Extract<Stepped['input'], { readonly kind: 'completed' }>,
  checksums: ReadonlyMap<string, number>,
): void {
  deletions.open.delete(request);
  const name = deletions.reads.get(request);
  if (name === undefined) return;
  deletions.reads.delete(request);
  const read = answer as PortAnswer | Failed;
  if (read.kind !== 'loaded' || blobChecksum(read.bytes) !== checksums.get(name)) deletions.isBlind = true;
}

function noteLeader(orphans: Orphans, { retained }: Pointers, node: string): void {
  if (orphans.leader !== node) orphans.due.clear();
  orphans.leader = node;
  orphans.oldest = retained[0]?.checkpointId ?? 0;
}

export function shiftOrphans({ deletions }: Orphans, by: OracleShift): void {
  for (const [name, one] of deletions) {
    const node = by.at(name.slice(0, name.lastIndexOf('#')));
    one.open = new Set([...one.open].map((id) => node.request(id)));
    one.reads = new Map([...one.reads].map(([id, read]) => [node.request(id), read]));
  }
}
