// Attempts that the very leader which deployed them locked out of their sink: it opened a writer in their place while they were at work. A leader opens a
// writer of a job that goes on when all of its attempts have ended, so that whoever is refused then is a zombie, whose failure restarts nothing.
import type { PortRequest } from '../../core/protocol/ports.ts';
import type { Applied } from './seen.ts';

export interface OwnFences {
  /** By sink and writer, who opened it last: the epoch of a leader; 0: a task. */
  readonly openers: Map<string, number>;
  /** Attempts that were refused behind an opening of their own leader. */
  readonly lockedOut: Set<string>;
}

export function createOwnFences(): OwnFences {
  return { openers: new Map(), lockedOut: new Set() };
}

type SinkRequest = Extract<PortRequest, { readonly kind: `sink-${string}` }>;

/** @param leader who leads, with its epoch */
export function noteSinkRequest(
  { openers, lockedOut }: OwnFences,
  { node, request, answer }: Applied,
  leader: { readonly leader: string; readonly epoch: number },
): void {
  if (answer.kind !== 'sink-opened' && answer.kind !== 'sink-refused') return;
  const { sink, writer, token } = request as SinkRequest;
  const key = `${sink} ${writer}`;
  if (answer.kind === 'sink-opened')
    openers.set(key, node === leader.leader && token.epoch === leader.epoch ? leader.epoch : 0);
  else if (openers.get(key) === token.epoch && node !== leader.leader)
    lockedOut.add(lockKey(token.epoch, node, token.attempt));
}

export function isLockedOut({ lockedOut }: OwnFences, epoch: number, host: string, attempt: number): boolean {
  return lockedOut.has(lockKey(epoch, host, attempt));
}

function lockKey(epoch: number, host: string, attempt: number): string {
  return `${epoch} ${host} ${attempt}`;
}
