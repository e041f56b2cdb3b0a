// What requests through ports are for, so that their answers can be judged: the job may be gone, the epoch over, the try repeated. Part of
// states, and of notes on answers that came to nothing.

interface Led {
  /** Of the leader that asked; NONE: the election did. */
  readonly epoch: number;
}

interface OfJob extends Led {
  readonly jobId: string;
}

/** What a JobManager asks for. */
export type Purpose =
  | (Led & { readonly kind: 'look-at-lease' })
  | (Led & { readonly kind: 'campaign'; readonly campaignEpoch: number; readonly sentAt: number })
  | (Led & { readonly kind: 'resign'; readonly resigned: number })
  | (Led & { readonly kind: 'renew'; readonly sentAt: number })
  | (Led & { readonly kind: 'recover' })
  | (Led & { readonly kind: 'read-unreached' })
  | (Led & { readonly kind: 'delete-unreached'; readonly taskManager: string })
  | (OfJob & { readonly kind: 'write-job' })
  | (OfJob & { readonly kind: 'change-job' })
  | (OfJob & { readonly kind: 'check-savepoint' })
  | (OfJob & { readonly kind: 'load-metadata'; readonly checkpointId: number })
  /** What was read was no use: it may have been damaged on its way. */
  | (OfJob & { readonly kind: 'reload-metadata'; readonly checkpointId: number; readonly tries: number })
  | (OfJob & { readonly kind: 'write-counter'; readonly checkpointId: number })
  | (OfJob & { readonly kind: 'put-metadata'; readonly checkpointId: number })
  | (OfJob & { readonly kind: 'write-pointers' })
  | (OfJob & { readonly kind: 'read-references'; readonly checkpointId: number })
  | (OfJob & { readonly kind: 'close-sink'; readonly writer: string })
  | (OfJob & { readonly kind: 'write-result' })
  | (OfJob & { readonly kind: 'clean-up' })
  | (OfJob & { readonly kind: 'remove-result' })
  | (OfJob & { readonly kind: 'write-savepoint'; readonly savepointId: string })
  | (OfJob & { readonly kind: 'list-savepoint-files'; readonly savepointId: string })
  | (OfJob & { readonly kind: 'read-retained'; readonly savepointId: string })
  | (Led & { readonly kind: 'write-drains' })
  | (Led & { readonly kind: 'list-files' })
  | (Led & { readonly kind: 'delete-file'; readonly name: string });

export type PurposeOf<K extends Purpose['kind']> = Extract<Purpose, { readonly kind: K }>;

/** What a task asks for. It says enough to ask again. */
export type TaskPurpose =
  | { readonly kind: 'load-artifact' }
  | { readonly kind: 'read-snapshot'; readonly index: number }
  /** What was read was damaged, perhaps on its way. */
  | { readonly kind: 'reread-snapshot'; readonly index: number; readonly tries: number }
  | { readonly kind: 'open-sink' }
  | { readonly kind: 'read-split'; readonly split: number }
  /** `id`: of the record among those in flight. */
  | { readonly kind: 'call-function'; readonly id: number }
  | { readonly kind: 'write-sink' }
  | { readonly kind: 'commit-sink' }
  | { readonly kind: 'store-snapshot'; readonly checkpointId: number; readonly tries: number };

/** One line for traces. */
export function describePurpose(purpose: Purpose): string {
  const job = 'jobId' in purpose ? ` of ${purpose.jobId}` : '';
  const checkpoint = 'checkpointId' in purpose ? ` ${purpose.checkpointId}` : '';
  return `${purpose.kind}${checkpoint}${nameIn(purpose)}${job}`;
}

function nameIn(purpose: Purpose): string {
  if ('name' in purpose) return ` ${purpose.name}`;
  if ('taskManager' in purpose) return ` ${purpose.taskManager}`;
  if ('writer' in purpose) return ` ${purpose.writer}`;
  return 'savepointId' in purpose ? ` ${purpose.savepointId}` : '';
}
