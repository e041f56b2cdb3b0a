// A port whose failures are heard of. A machine repeats a request that failed for as long as it takes, and says so in its trace only: without a
// line of the port, a process with a damaged file or a folder that it may not write would stand still and say nothing.
import { describeReason } from '../core/protocol/describe-reason.ts';
import type { PortAnswer, PortFailed, PortRequest } from '../core/protocol/ports.ts';
import type { Port } from './port.ts';

const QUIET_MS = 10_000; // a request is repeated ten times a second

/** When a kind of request was complained about, and what failed since. */
interface Complaint {
  readonly atMs: number;
  unheard: number;
}

/** One line for each kind of request that fails, and no more of that kind for ten seconds. None behind `close`: then failing is in order. */
export function complainingPort(
  port: Port,
  log: (line: string) => void,
  now: () => number = () => performance.now(),
): Port {
  const complaints = new Map<PortRequest['kind'], Complaint>();
  let isClosed = false;
  const complain = (kind: PortRequest['kind'], reason: string): void => {
    const last = complaints.get(kind);
    if (last !== undefined && now() - last.atMs < QUIET_MS) return void (last.unheard += 1);
    const more = last === undefined || last.unheard === 0 ? '' : ` (and ${last.unheard} times since the last line)`;
    complaints.set(kind, { atMs: now(), unheard: 0 });
    log(`${kind} failed: ${reason}${more}`);
  };
  return {
    serves: port.serves,
    async request(request) {
      const answer = await port.request(request);
      const reason = isClosed ? null : reasonOf(answer);
      if (reason !== null) complain(request.kind, reason);
      return answer;
    },
    close() {
      isClosed = true;
      return port.close();
    },
  };
}

/** Why it could not be done; null: it was, or was refused as the protocol has it (a conflict, a fenced writer). */
function reasonOf(answer: PortAnswer | PortFailed): string | null {
  if (answer.kind === 'failed')
    return `${describeReason(answer.reason)}${answer.outcome === 'unknown' ? ' (what became of it is not known)' : ''}`;
  return answer.kind === 'artifact-refused' ? describeReason(answer.reason) : null;
}
