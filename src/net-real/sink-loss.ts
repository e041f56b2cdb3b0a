// Why a file sink refuses what it never should: somebody removed, or put there, files of its folder while a job writes to it. The refusal is an answer, which is the
// same whatever the reason; this is the sentence for the log.
import type { PortAnswer, PortFailed, PortRequest } from '../core/protocol/ports.ts';
import { partPath, transactionOf } from './sink-files.ts';
import { highestToken, isEnded, type Writer } from './sink-writer.ts';

type SinkRequest = Extract<PortRequest, { readonly kind: `sink-${string}` }>;

const RIGHT = 'leave the folder of a sink alone while its job runs';

/** Null: it was not refused, or as it should be, since a later attempt writes there. */
export async function describeLoss(
  writer: Writer,
  request: SinkRequest,
  answer: PortAnswer | PortFailed,
): Promise<string | null> {
  if (answer.kind !== 'sink-refused' || request.kind === 'sink-open') return null;
  if (answer.reason === 'fenced') return (await highestToken(writer)) === null ? removed(writer) : null;
  if (answer.reason !== 'unknown-transaction' || request.kind !== 'sink-commit') return null;
  const { disk, paths, name } = writer;
  const transaction = transactionOf(name, request.transaction);
  if (transaction === null) return null;
  if (await isEnded(writer, transaction)) {
    const part = partPath(paths, transaction);
    return (await disk.isFile(part))
      ? `${part} is there, and is none of ${jobOf(writer)}: the job fails rather than replace it; move it away, and start the job again from its latest savepoint, or from its beginning with an empty folder`
      : null;
  }
  return `output of ${jobOf(writer)} that a completed checkpoint covers is gone from ${paths.sink}, and the job fails rather than go on without it: start it again from a savepoint, or from its beginning with an empty folder, and ${RIGHT}`;
}

function removed(writer: Writer): string {
  return `${writer.paths.sink} was removed, or emptied, while ${jobOf(writer)} writes to it: the job restarts, and fails where output that a completed checkpoint covers was there; ${RIGHT}`;
}

function jobOf({ name }: Writer): string {
  return `job ${name.slice(0, name.indexOf('/'))}`;
}
