// Storage that is full, and storage that is slow, for a time.
import { serviceTrouble } from './service-trouble.ts';

export const storageFull = serviceTrouble({
  service: 'storage',
  stream: 'full',
  groups: ({ estimate: { checkpoints, tasks } }) => [
    { kinds: ['storage-put'], share: 1, questions: checkpoints * (tasks + 1) },
  ],
  kinds: ['storage-put'],
  failure: { kind: 'io', code: 'ENOSPC', text: 'no space left on device' },
  lastsMs: ({ options: { checkpointTimeoutMs } }) => [0.2, 0.8, 2].map((factor) => factor * checkpointTimeoutMs),
  slowMs: () => [0],
  text: 'storage is full',
});

export const storageSlow = serviceTrouble({
  service: 'storage',
  stream: 'slow-storage',
  groups: ({ estimate: { checkpoints, tasks } }) => [
    { kinds: ['storage-put'], share: 0.5, questions: checkpoints * (tasks + 1) },
    { kinds: ['storage-get'], share: 0.3, questions: tasks },
    { kinds: ['storage-list', 'storage-delete'], share: 0.2, questions: checkpoints * tasks },
  ],
  kinds: null,
  failure: null,
  lastsMs: ({ options: { heartbeatTimeoutMs } }) => [0.2, 1, 2].map((factor) => factor * heartbeatTimeoutMs),
  slowMs: ({ options: { checkpointTimeoutMs, heartbeatTimeoutMs } }) => [
    0.3 * checkpointTimeoutMs,
    1.3 * checkpointTimeoutMs,
    2.5 * heartbeatTimeoutMs,
  ],
  text: 'storage is slow',
});
