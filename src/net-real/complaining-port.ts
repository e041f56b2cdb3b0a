// A port whose failures are heard of. A machine repeats a request that failed for as long as it takes, and says so in its trace only: without a
// line of the port, a process with a damaged file or a folder that it may not write would stand still and say nothing.
import { describeReason } from '../core/protocol/describe-reason.ts';
import type { PortAnswer, PortFailed } from '../core/protocol/ports.ts';
import type { Port } from './port.ts';
import { systemClock, type Clock } from './log/repeats.ts';
import { quietly } from './quiet-log.ts';

/** One line for each kind of request that fails, and no more of that kind for ten seconds. None behind `close`: then failing is in order. */
export function complainingPort(port: Port, log: (line: string) => void, clock: Clock = systemClock): Port {
  let isClosed = false;
  const complain = quietly((line) => {
    if (!isClosed) log(line);
  }, clock);
  return {
    serves: port.serves,
    async request(request, id) {
      const answer = await port.request(request, id);
      const reason = isClosed ? null : reasonOf(answer);
      if (reason !== null) complain(request.kind, `${request.kind} failed: ${reason}`);
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
    return `${describeReason(answer.reason)}${answer.outcome === 'unknown' ? ' (what became of it is not known)' : ''}${remedyFor(answer)}`;
  if (answer.kind === 'record-refused') return answer.text;
  return answer.kind === 'artifact-refused' || answer.kind === 'source-refused' ? describeReason(answer.reason) : null;
}

/** What a person has to do about what the system lacks, as a clause. Behind that all goes on by itself: whatever failed is asked again. */
function remedyFor({ reason }: PortFailed): string {
  const remedy = reason.kind === 'io' && reason.code !== null ? REMEDIES[reason.code] : undefined;
  return remedy === undefined ? '' : `; ${remedy}, and it goes on by itself`;
}

const REMEDIES: Readonly<Partial<Record<string, string>>> = {
  ENOSPC: 'make room (of bytes, or of inodes)',
  EDQUOT: 'make room, or raise the quota of the user',
  EROFS: 'mount the file system for writing',
  EACCES: `give the user of this process (${process.getuid?.() ?? '?'}) the right to write there`,
};
