// What readers of a trace are told of the guest that is a Millrace cluster, in both worlds: tables over the closed kinds of the protocol, so
// that a new kind of message or request does not compile without its line here.
import type { Kind } from '../core/protocol/messages.ts';
import type { PortRequest } from '../core/protocol/ports.ts';
import type { Category, GuestHeader } from './trace.ts';

const messages: Readonly<Record<Kind, Category>> = {
  'submit-job': 'control',
  'cancel-job': 'control',
  'stop-job': 'control',
  'rescale-job': 'control',
  'job-accepted': 'control',
  'job-rejected': 'control',
  'request-job-status': 'heartbeat',
  'job-status': 'heartbeat',
  'remove-job': 'control',
  'request-refused': 'control',
  'trigger-savepoint': 'control',
  'request-savepoint-status': 'control',
  'dispose-savepoint': 'control',
  'savepoint-status': 'control',
  'take-checkpoint': 'control',
  'request-checkpoint-status': 'heartbeat',
  'checkpoint-status': 'heartbeat',
  'request-jobs': 'control',
  'job-list': 'control',
  'request-job-checkpoints': 'control',
  'job-checkpoints': 'control',
  'request-job-exceptions': 'control',
  'job-exceptions': 'control',
  'request-job-details': 'control',
  'job-details': 'control',
  'request-checkpoint-details': 'control',
  'checkpoint-details': 'control',
  'request-cluster-overview': 'control',
  'cluster-overview': 'control',
  'drain-task-manager': 'control',
  'undrain-task-manager': 'control',
  'request-drain-status': 'heartbeat',
  'drain-status': 'heartbeat',
  'register-task-manager': 'control',
  'task-manager-registered': 'control',
  'task-manager-stopped': 'control',
  'registration-refused': 'control',
  'process-died': 'control',
  'process-stops': 'control',
  'memory-short': 'control',
  heartbeat: 'heartbeat',
  'heartbeat-answer': 'heartbeat',
  'request-slot': 'control',
  'slot-answer': 'control',
  'free-slot': 'control',
  'slot-freed': 'control',
  'offer-slots': 'control',
  'slots-accepted': 'control',
  'deploy-task': 'control',
  'cancel-task': 'control',
  'task-state-changed': 'control',
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

const services: Readonly<Record<PortRequest['kind'], string>> = {
  'ha-read': 'ha',
  'ha-write': 'ha',
  'ha-watch': 'ha',
  'ha-renew': 'ha',
  'ha-lease': 'ha',
  'storage-put': 'storage',
  'storage-get': 'storage',
  'storage-list': 'storage',
  'storage-delete': 'storage',
  'sink-open': 'sink',
  'sink-write': 'sink',
  'sink-prepare': 'sink',
  'sink-commit': 'sink',
  'source-read': 'source',
  'artifact-load': 'artifact',
  'function-call': 'functions',
};

const requests: Readonly<Record<PortRequest['kind'], Category>> = {
  'ha-read': 'request',
  'ha-write': 'request',
  'ha-watch': 'heartbeat',
  'ha-renew': 'heartbeat',
  'ha-lease': 'heartbeat',
  'storage-put': 'request',
  'storage-get': 'request',
  'storage-list': 'request',
  'storage-delete': 'request',
  'sink-open': 'request',
  'sink-write': 'data',
  'sink-prepare': 'request',
  'sink-commit': 'request',
  'source-read': 'data',
  'artifact-load': 'request',
  'function-call': 'data',
};

/** The nodes of a cluster: how many JobManagers (`jm-1`, …) and TaskManagers (`tm-1`, …), and the names of its clients. */
export interface ClusterNodes {
  readonly jobManagers: number;
  readonly taskManagers: number;
  readonly clients: readonly string[];
}

export function jobHeader({ jobManagers, taskManagers, clients }: ClusterNodes): GuestHeader {
  const roles = Object.fromEntries([
    ...clients.map((name) => [name, 'client'] as const),
    ...numbered('jm', jobManagers).map((name) => [name, 'job-manager'] as const),
    ...numbered('tm', taskManagers).map((name) => [name, 'task-manager'] as const),
  ]);
  return { kind: 'job', roles, services, messages, requests };
}

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);
}
