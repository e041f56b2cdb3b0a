// Phases of the protocol, observed from outside: a fault is counted in each phase that holds when it hits.

export const phases = [
  'no leader',
  'deploying',
  'restoring',
  'running idle',
  'triggered',
  'aligning',
  'uploading',
  'last ack to pointer written',
  'pointer to notified',
  'committing',
  'cancelling',
  'end of input',
  'backpressured',
] as const;

export type Phase = (typeof phases)[number];
