// Sorts messages, requests and steps by what a person looks for.
import type { Category } from './model.ts';

const byMessageKind: Readonly<Record<string, Category>> = {
  heartbeat: 'heartbeat',
  'heartbeat-answer': 'heartbeat',
  'request-job-status': 'heartbeat',
  'job-status': 'heartbeat',
  'trigger-checkpoint': 'checkpoint',
  'acknowledge-checkpoint': 'checkpoint',
  'decline-checkpoint': 'checkpoint',
  'abort-checkpoint': 'checkpoint',
  'notify-checkpoint-complete': 'checkpoint',
  'request-partition': 'data',
  'partition-unavailable': 'data',
  'channel-elements': 'data',
  'channel-status': 'data',
  'channel-credit': 'data',
};

const byRequestKind: Readonly<Record<string, Category>> = {
  'ha-renew': 'heartbeat',
  'ha-lease': 'heartbeat',
  'ha-watch': 'heartbeat',
  'source-read': 'data',
  'sink-write': 'data',
};

/** The first word of a text is its kind. */
export function kindOf(text: string): string {
  return text.split(' ', 1)[0] as string;
}

/** A barrier in a channel is a matter of its checkpoint, whatever travels with it. */
export function categoryOfMessage(text: string): Category {
  const category = byMessageKind[kindOf(text)] ?? 'control';
  return category === 'data' && /\bbarrier \d/.test(text) ? 'checkpoint' : category;
}

export function categoryOfRequest(text: string): Category {
  return byRequestKind[kindOf(text)] ?? 'request';
}

const services: readonly string[] = ['ha', 'storage', 'source', 'sink', 'artifact'];

/** `ha-write` is asked of `ha`. */
export function serviceOf(text: string): string {
  const service = kindOf(text).split('-', 1)[0] as string;
  return services.includes(service) ? service : 'service';
}
