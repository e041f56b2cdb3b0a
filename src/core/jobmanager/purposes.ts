// What each request through a port is for, so that its answer can be judged: the job may be gone, the epoch over, the try repeated.

interface Led {
  /** Of the leader that asked; NONE: the election did. */
  readonly epoch: number;
}

interface OfJob extends Led {
  readonly jobId: string;
}

export type Purpose =
  | (Led & { readonly kind: 'look-at-lease' })
  | (Led & { readonly kind: 'campaign'; readonly campaignEpoch: number; readonly sentAt: number })
  | (Led & { readonly kind: 'renew'; readonly sentAt: number })
  | (Led & { readonly kind: 'recover' })
  | (OfJob & { readonly kind: 'write-job' })
  | (OfJob & { readonly kind: 'load-metadata'; readonly checkpointId: number })
  | (OfJob & { readonly kind: 'write-counter'; readonly checkpointId: number })
  | (OfJob & { readonly kind: 'put-metadata'; readonly checkpointId: number })
  | (OfJob & { readonly kind: 'write-pointers' })
  | (OfJob & { readonly kind: 'write-result' })
  | (OfJob & { readonly kind: 'clean-up' })
  | (Led & { readonly kind: 'list-files' })
  | (Led & { readonly kind: 'delete-file'; readonly name: string });

export type PurposeOf<K extends Purpose['kind']> = Extract<Purpose, { readonly kind: K }>;

export interface PendingRequest {
  readonly purpose: Purpose;
  /** Without an answer by then its outcome counts as unknown, in ms on the node's clock. */
  readonly deadlineAt: number;
}

/** One line for traces. */
export function describePurpose(purpose: Purpose): string {
  const job = 'jobId' in purpose ? ` of ${purpose.jobId}` : '';
  const checkpoint = 'checkpointId' in purpose ? ` ${purpose.checkpointId}` : '';
  const name = 'name' in purpose ? ` ${purpose.name}` : '';
  return `${purpose.kind}${checkpoint}${name}${job}`;
}
