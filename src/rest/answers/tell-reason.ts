// A reason as REST tells it: what the machines know, and where the host knows more.
import { describeReason } from '../../core/protocol/describe-reason.ts';
import type { Reason } from '../../core/protocol/reasons.ts';
import type { VertexNames } from '../../core/protocol/vertex-names.ts';

/** What a sink answers is the same whatever became of the output; which file it is stands in the log of the process that asked it (net-real/sink-loss.ts). */
const OUTPUT_LOST =
  '; output of the job is gone from the sink, or a file that is none of the job has its place: millrace logs --level error says what, and what to do';

export function tellReason(reason: Reason, names: VertexNames): string {
  const text = describeReason(reason, names);
  return isOutputLost(reason) ? `${text}${OUTPUT_LOST}` : text;
}

function isOutputLost(reason: Reason): boolean {
  if (reason.kind === 'execution-failed') return isOutputLost(reason.reason);
  if (reason.kind === 'recovery-suppressed') return isOutputLost(reason.cause);
  return reason.kind === 'sink-refused' && reason.refusal === 'unknown-transaction';
}
