// A leader that is cut off from the TaskManagers, but not from the HA service, goes on renewing its lease, and nothing runs. It knows by two things:
// it hears no TaskManager, and TaskManagers say through the HA service that they cannot reach it. Then it resigns, and lets others lead
// for a while (`election.ts`). Without such records it stays: there is no TaskManager, and no other leader would find one.
import { closeCall } from '../base/retry.ts';
import { setTimer } from '../base/timers.ts';
import { UNREACHED_PREFIX } from '../protocol/ha-keys.ts';
import type { HaEntry } from '../protocol/ports.ts';
import { decodeUnreached } from '../protocol/records-codec.ts';
import { resign } from './election.ts';
import { NONE, type Leader } from './state.ts';
import { ask, unheardMs, type Answered, type Step } from './step.ts';
import { yieldMs } from './yields.ts';

/** Records of older epochs that a new leader deletes; what is left, the next one does. */
const DELETIONS_MAX = 256;

/** A heartbeat was answered: messages get there and back. */
export function noteHeard({ state: { election }, options, now }: Step, leader: Leader): void {
  election.resignations = 0;
  election.yieldsUntil = 0;
  leader.isolation.request = NONE; // what it finds out is about a time that is over
  setTimer(leader.timers, 'isolation', now + unheardMs(options));
}

/** No TaskManager was heard. One that found nobody better to lead stays until its time to yield is over. */
export function onIsolationDue(step: Step, leader: Leader): void {
  const { election } = step.state;
  setTimer(leader.timers, 'isolation', step.now + step.options.leaseRenewIntervalMs);
  if (leader.isolation.request !== NONE || (election.isAlone && step.now < election.yieldsUntil)) return;
  leader.isolation.request = ask(
    step,
    { kind: 'read-unreached', epoch: leader.epoch },
    { kind: 'ha-read', prefix: UNREACHED_PREFIX },
  );
}

export function onUnreachedRead(step: Step, leader: Leader, answered: Answered): void {
  if (!closeCall(leader.isolation, answered) || answered.answer.kind !== 'ha-entries') return; // it is read again
  const taskManagers = answered.answer.entries
    .filter((entry) => epochIn(entry) === leader.epoch)
    .map(({ key }) => key.slice(UNREACHED_PREFIX.length));
  if (taskManagers.length > 0) resignIsolated(step, taskManagers);
}

function resignIsolated(step: Step, taskManagers: readonly string[]): void {
  const { election } = step.state;
  election.resignations += 1;
  election.yieldsUntil = step.now + yieldMs(step.options, election.resignations);
  resign(step, { kind: 'isolated', taskManagers });
}

/** What TaskManagers said of older leaders: they have another one, and some of them are gone for good. */
export function deleteUnreached(step: Step, leader: Leader, entries: ReadonlyMap<string, HaEntry>): void {
  const { epoch } = leader;
  let deletions = 0;
  for (const [key, entry] of entries) {
    if (!key.startsWith(UNREACHED_PREFIX) || epochIn(entry) >= epoch) continue;
    if (deletions++ >= DELETIONS_MAX) return;
    const purpose = { kind: 'delete-unreached', epoch, taskManager: key.slice(UNREACHED_PREFIX.length) } as const;
    ask(step, purpose, { kind: 'ha-write', key, value: null, ifRevision: entry.revision, ifEpoch: epoch });
  }
}

/** NONE: it cannot be read, and is as good as none. */
function epochIn({ value }: HaEntry): number {
  const record = decodeUnreached(value);
  return record.ok ? record.value.epoch : NONE;
}
