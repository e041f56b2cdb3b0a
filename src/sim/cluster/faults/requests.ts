// The requests to ports that can fail, and how often a plain run makes them. A watch waits by nature, so it is left alone.
import type { PortRequest } from '../../../core/protocol/ports.ts';
import type { RunEstimate } from './estimate.ts';

export const requestKinds = [
  'ha-read',
  'ha-write',
  'ha-renew',
  'ha-lease',
  'storage-put',
  'storage-get',
  'storage-list',
  'storage-delete',
  'source-read',
  'sink-open',
  'sink-write',
  'sink-prepare',
  'sink-commit',
  'artifact-load',
] as const satisfies readonly PortRequest['kind'][];

export function requestQuestions({ checkpoints, tasks, sinks, reads, renewals, jobManagers }: RunEstimate): number {
  return checkpoints * (2 * tasks + 3 * sinks + 4) + tasks + sinks + reads + renewals * jobManagers;
}
