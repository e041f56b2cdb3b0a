// What observations mean to oracles of a cluster: the world's types are generic, these are Millrace's.
import type { Envelope } from '../../core/base/vocabulary.ts';
import type { Effect } from '../../core/base/outbox.ts';
import type { Message } from '../../core/protocol/messages.ts';
import type { PortRequest } from '../../core/protocol/ports.ts';
import type { Observation } from '../observation.ts';

export type Stepped = Extract<Observation, { readonly kind: 'stepped' }>;
export type Applied = Extract<Observation, { readonly kind: 'applied' }>;
export type RequestOf<K extends PortRequest['kind']> = Extract<PortRequest, { readonly kind: K }>;

/** The message that a node was stepped with, or null. */
export function deliveredTo(seen: Stepped): Message | null {
  return seen.input.kind === 'message' ? (seen.input.message as Envelope as Message) : null;
}

/** An effect as the message that it sends, or null. */
export function sentBy(effect: Effect): Message | null {
  return effect.effect === 'send' ? (effect as Message) : null;
}

/** The request, if it is a write of an HA key that took effect. */
export function haWriteOf(seen: Applied): RequestOf<'ha-write'> | null {
  return seen.answer.kind === 'ha-written' ? (seen.request as RequestOf<'ha-write'>) : null;
}

/** Whether this is the key of a job: asked of each write by many, so that no key is made for it. */
export function isKeyOf(prefix: string, jobId: string, key: string): boolean {
  return key.length === prefix.length + jobId.length && key.startsWith(prefix) && key.endsWith(jobId);
}

/** The request, if it is a commit of a sink transaction that took effect (again). */
export function sinkCommitOf(seen: Applied): RequestOf<'sink-commit'> | null {
  return seen.answer.kind === 'sink-committed' ? (seen.request as RequestOf<'sink-commit'>) : null;
}
