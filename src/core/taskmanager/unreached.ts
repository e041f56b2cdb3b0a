// What a TaskManager says through the HA service of a leader that it cannot reach: one record, written when that changes and at no other time. A leader
// that hears no TaskManager and reads such a record of its epoch knows that it is cut off, and resigns (`jobmanager/isolation.ts`). Nothing here
// decides whom the TaskManager follows.
import { NEVER } from '../base/machine.ts';
import { openRequest } from '../base/requests.ts';
import { callDueAt, closeCall } from '../base/retry.ts';
import { unreachedKey } from '../protocol/ha-keys.ts';
import type { PortAnswer, PortFailed } from '../protocol/ports.ts';
import { decodeUnreached, encodeUnreached } from '../protocol/records-codec.ts';
import type { TaskStep } from '../task/step.ts';
import { UNSURE, type TaskManagerState, type Unreached } from './state.ts';
import { leaderOf } from './to-leader.ts';

const NONE = 0;

/** Its silence lasted, and no registration was answered. */
export function onLeaderUnreached(state: TaskManagerState, step: TaskStep): void {
  const { epoch, address: leader } = leaderOf(state);
  if (step.out.noted) step.out.note({ kind: 'leader-unreached', epoch, leader });
  state.unreached.wanted = epoch;
  writeUnreached(state, step);
}

/** The leader that is followed spoke. What the record said of an older one is over as well. */
export function noteReached(state: TaskManagerState, step: TaskStep): void {
  const { unreached } = state;
  if (unreached.wanted === NONE) return;
  const { epoch, address: leader } = leaderOf(state);
  if (step.out.noted) step.out.note({ kind: 'leader-reached', epoch, leader });
  unreached.wanted = NONE;
  writeUnreached(state, step);
}

/** When the record is to be written, in ms, which may have passed; NEVER: it says what it is to say, or its write is in flight. */
export function unreachedDueAt({ wanted, stored, call }: Unreached): number {
  return wanted === stored ? NEVER : callDueAt(call);
}

/** Writes the record, if that is due: only under the epoch of which it speaks, and over nothing but what was seen there. */
export function writeUnreached(state: TaskManagerState, step: TaskStep): void {
  const { unreached, requests } = state;
  if (unreachedDueAt(unreached) > step.now) return;
  const { wanted: epoch, revision } = unreached;
  unreached.writing = epoch;
  unreached.call.request = openRequest(requests, 'write-unreached');
  step.out.request(unreached.call.request, {
    kind: 'ha-write',
    key: unreachedKey(step.out.address),
    value: epoch === NONE ? null : encodeUnreached({ epoch }),
    ifRevision: revision,
    ifEpoch: epoch === NONE ? null : epoch,
  });
}

/** A conflict shows what is there: an earlier try, or what a new leader left of it. */
export function onUnreachedWritten(
  state: TaskManagerState,
  answered: { readonly request: number; readonly answer: PortAnswer | PortFailed },
  step: TaskStep,
): void {
  const { unreached } = state;
  if (!closeCall(unreached.call, answered)) return;
  const { answer } = answered;
  if (answer.kind === 'ha-written') {
    unreached.stored = unreached.writing;
    unreached.revision = unreached.writing === NONE ? NONE : answer.revision;
  } else {
    if (answer.kind === 'ha-conflict') takeOver(unreached, answer);
    else unreached.stored = UNSURE;
    unreached.call.retryAt = step.now + step.options.requestRetryMs;
  }
  writeUnreached(state, step);
}

function takeOver(unreached: Unreached, { entry }: Extract<PortAnswer, { readonly kind: 'ha-conflict' }>): void {
  unreached.revision = entry?.revision ?? NONE;
  const record = entry === null ? null : decodeUnreached(entry.value);
  if (record === null) unreached.stored = NONE;
  else unreached.stored = record.ok ? record.value.epoch : UNSURE;
}
