// What can be seen of a cluster, for traces by hand: requests that took effect, and messages.
import type { Envelope } from '../../src/core/base/vocabulary.ts';
import { encodeCheckpoints, encodeLeader, encodeResult } from '../../src/core/protocol/records-codec.ts';
import type { ExecutionState } from '../../src/core/protocol/states.ts';
import type { TraceLine } from '../../src/run/trace.ts';
import { userCode } from './notes.ts';
import { told } from './traces.ts';
import { ENDED } from '../core/jobmanager/sample-job.ts';

export function written(node: string, at: number, key: string, value: Uint8Array): TraceLine {
  const request = { kind: 'ha-write', key, value };
  const answer = { kind: 'ha-written' };
  return { kind: 'applied', at, event: at, node, incarnation: 1, id: at, request, answer };
}

export function elected(node: string, at: number, epoch: number): TraceLine {
  return written(node, at, 'leader', encodeLeader({ epoch, address: node, resigned: false }));
}

/** @param checkpointId of job-1, which is complete by that */
export function pointed(node: string, at: number, checkpointId: number): TraceLine {
  return written(node, at, 'checkpoints/job-1', pointerTo(checkpointId));
}

export function pointerTo(checkpointId: number): Uint8Array {
  const metadata = { name: 'm', sizeBytes: 1, checksum: 1 };
  return encodeCheckpoints({ completed: [{ checkpointId, metadata, final: false }] });
}

export function finished(node: string, at: number): TraceLine {
  const result = { jobId: 'job-1', ...ENDED, status: 'FINISHED', reason: null, clean: false } as const;
  return written(node, at, 'result/job-1', encodeResult(result));
}

/** @param name `0/0#1`: vertex, subtask, attempt. */
function idOf(name: string) {
  const [vertex, subtask, attempt] = name.split(/[/#]/).map(Number) as [number, number, number];
  return { jobId: 'job-1', vertex, subtask, attempt };
}

export function deploys(
  from: string,
  to: string,
  name: string,
  restoredFrom: number | null = null,
  epoch = 1,
): Envelope {
  const restore = restoredFrom === null ? null : { checkpointId: restoredFrom, handles: [] };
  return told(from, to, 'deploy-task', { epoch, slotIndex: 0, task: { attempt: idOf(name), inputs: [], restore } });
}

export function cancels(from: string, to: string, name: string, epoch = 1): Envelope {
  return told(from, to, 'cancel-task', { epoch, attempt: idOf(name) });
}

export function reports(from: string, to: string, name: string, state: ExecutionState, threw?: string): Envelope {
  const reason = threw === undefined ? null : userCode(threw);
  return told(from, to, 'task-state-changed', { epoch: 1, attempt: idOf(name), state, reason });
}

export function triggers(from: string, to: string, checkpointId: number, epoch = 1): Envelope {
  return told(from, to, 'trigger-checkpoint', { epoch, attempt: idOf('0/0#1'), checkpointId });
}

export function acknowledges(from: string, to: string, checkpointId: number): Envelope {
  return told(from, to, 'acknowledge-checkpoint', { epoch: 1, attempt: idOf('0/0#1'), checkpointId, atEnd: false });
}

export function aborts(from: string, to: string, checkpointId: number): Envelope {
  return told(from, to, 'abort-checkpoint', { epoch: 1, attempt: idOf('0/0#1'), checkpointId });
}
