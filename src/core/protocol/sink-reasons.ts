// What sinks refuse, as text.
import type { Reason } from './reasons.ts';

type SinkReason = Extract<Reason, { readonly kind: 'sink-refused' | 'record-refused' }>;

/** As `describeReason`. */
export function describeSinkReason(reason: SinkReason): string {
  if (reason.kind === 'record-refused') return `sink "${reason.sink}" cannot write a record: ${reason.text}`;
  return `sink "${reason.sink}" refused (${reason.refusal}): ${describeRefusal(reason.refusal)}`;
}

function describeRefusal(refusal: Extract<SinkReason, { readonly kind: 'sink-refused' }>['refusal']): string {
  switch (refusal) {
    case 'fenced':
      return 'a later attempt writes to it';
    case 'unknown-transaction':
      return 'it does not know a transaction of this job';
    case 'other-cluster':
      return 'a job of another cluster, with the id of this one, wrote there: this one needs another id, or another sink';
  }
}
