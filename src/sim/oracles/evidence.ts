// Lines of evidence, and the things that they name: by the fields that messages, requests and answers have for them.
import type { AttemptId } from '../../core/protocol/messages.ts';
import type { EvidenceLine, Thing } from '../observation.ts';

export function line(text: string, ...about: readonly Thing[]): EvidenceLine {
  return { text, about };
}

export function aboutCheckpoint(checkpointId: number): Thing {
  return { checkpointId };
}

export function aboutAttempt({ jobId, vertex, subtask, attempt }: AttemptId): Thing {
  return { jobId, vertex, subtask, attempt };
}

export function aboutTransaction(transaction: string): Thing {
  return { transaction };
}

/** A file in checkpoint storage. */
export function aboutBlob(name: string): Thing {
  return { name };
}

/** A key of the HA service. */
export function aboutKey(key: string): Thing {
  return { key };
}

export function aboutNode(node: string): Thing {
  return { node };
}

export function aboutEpoch(epoch: number): Thing {
  return { epoch };
}

/** A message by its kind, and by who gets it. */
export function aboutMessage(kind: string, to: string): Thing {
  return { kind, to };
}
