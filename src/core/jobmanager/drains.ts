// The drain of TaskManagers for maintenance: what clients want, and are told. The wish is durable before anybody hears of it, by address, so that every
// leader goes on with it and the next process there stays drained. One key holds all of them, and is never deleted: a write that lands late finds another
// revision. How jobs leave is in `leaving.ts`.
import { sameBytes } from '../base/bytes.ts';
import type { Address } from '../base/machine.ts';
import { closeCall, createCall } from '../base/retry.ts';
import { DRAINS_KEY } from '../protocol/ha-keys.ts';
import type { MessageOfKind } from '../protocol/messages.ts';
import type { HaEntry } from '../protocol/ports.ts';
import { unreadableBytes, type DrainReason } from '../protocol/reasons.ts';
import { decodeDrains, encodeDrains } from '../protocol/records-codec.ts';
import type { DrainStatus } from '../protocol/states.ts';
import { addClient, CLIENTS_MAX, recoveredLeader } from './dispatcher.ts';
import { whyNotLeft } from './leaving.ts';
import type { DrainChange } from './drain-state.ts';
import type { Leader } from './state.ts';
import { answerReason, ask, isCallDue, retryCall, type Answered, type Step } from './step.ts';

/** TaskManagers that are drained at once. */
export const DRAINS_MAX = 1_024;

type Wish = MessageOfKind<'drain-task-manager' | 'undrain-task-manager'>;

// ---- What clients ask

/** Repeated for as long as it is not answered. */
export function onDrainTaskManager(step: Step, message: MessageOfKind<'drain-task-manager'>): void {
  const leader = readableLeader(step, message);
  if (leader === null) return;
  const { taskManager } = message.body;
  const { taskManagers } = leader.drains;
  const isKnown = taskManagers.includes(taskManager) || leader.taskManagers.has(taskManager);
  if (!isKnown) return tellDrain(step, leader, message.from, taskManager);
  if (taskManagers.length >= DRAINS_MAX && !taskManagers.includes(taskManager))
    return step.out.ignore(message, { kind: 'drains-full', max: DRAINS_MAX });
  wish(step, leader, message, true);
}

/** As before. */
export function onUndrainTaskManager(step: Step, message: MessageOfKind<'undrain-task-manager'>): void {
  const leader = readableLeader(step, message);
  if (leader !== null) wish(step, leader, message, false);
}

export function onRequestDrainStatus(step: Step, message: MessageOfKind<'request-drain-status'>): void {
  const leader = readableLeader(step, message);
  if (leader !== null) tellDrain(step, leader, message.from, message.body.taskManager);
}

function readableLeader(step: Step, message: Wish | MessageOfKind<'request-drain-status'>): Leader | null {
  const leader = recoveredLeader(step, message);
  if (leader === null || leader.drains.isReadable) return leader;
  step.out.ignore(message, { kind: 'drains-unreadable' });
  return null;
}

/** One wish is written at a time: whoever wants something else meanwhile asks again. */
function wish(step: Step, leader: Leader, message: Wish, isToBeDrained: boolean): void {
  const { drains } = leader;
  const { taskManager } = message.body;
  if (drains.change === null && drains.taskManagers.includes(taskManager) === isToBeDrained)
    return tellDrain(step, leader, message.from, taskManager);
  drains.change ??= { taskManager, isDrained: isToBeDrained, clients: [], call: createCall() };
  const { change } = drains;
  if (change.taskManager !== taskManager || change.isDrained !== isToBeDrained)
    return step.out.ignore(message, { kind: 'drains-being-changed', taskManager: change.taskManager });
  if (!addClient(change.clients, message.from)) step.out.ignore(message, { kind: 'clients-full', max: CLIENTS_MAX });
}

// ---- What they are told

function tellDrain(step: Step, leader: Leader, client: Address, taskManager: Address): void {
  const told = drainOf(leader, taskManager);
  step.out.send(client, 'drain-status', { epoch: leader.epoch, taskManager, ...told });
}

/** What is durable. Of a TaskManager that is not registered nobody knows what runs there: a leader that it does not know yet may have been followed by it. */
export function drainOf(
  leader: Leader,
  taskManager: Address,
): { readonly status: DrainStatus; readonly reason: DrainReason | null } {
  const isWanted = leader.drains.taskManagers.includes(taskManager);
  const registered = leader.taskManagers.get(taskManager);
  if (registered === undefined) {
    const reason = { kind: 'task-manager-unregistered', taskManager } as const;
    return { status: isWanted ? 'DRAINING' : 'UNKNOWN', reason };
  }
  if (!isWanted) return { status: 'IN_SERVICE', reason: null };
  const reason = whyNotLeft(leader, registered);
  return { status: reason === null ? 'DRAINED' : 'DRAINING', reason };
}

// ---- What is durable

export function recoverDrains(step: Step, leader: Leader, entries: ReadonlyMap<string, HaEntry>): void {
  const entry = entries.get(DRAINS_KEY);
  if (entry === undefined) return;
  leader.drains.revision = entry.revision;
  const read = decodeDrains(entry.value);
  leader.drains.isReadable = read.ok;
  if (read.ok) leader.drains.taskManagers = read.value.taskManagers;
  else if (step.out.noted) {
    const reason = unreadableBytes(read.reason);
    step.out.note({ kind: 'drains-unreadable', epoch: leader.epoch, reason });
  }
}

export function reconcileDrains(step: Step, leader: Leader): void {
  const { change, revision } = leader.drains;
  if (change === null || !isCallDue(step, leader, change.call)) return;
  change.call.request = ask(
    step,
    { kind: 'write-drains', epoch: leader.epoch },
    {
      kind: 'ha-write',
      key: DRAINS_KEY,
      value: encodeDrains({ taskManagers: wantedList(leader, change) }),
      ifRevision: revision,
      ifEpoch: leader.epoch,
    },
  );
}

function wantedList({ drains }: Leader, { taskManager, isDrained }: DrainChange): readonly Address[] {
  const others = drains.taskManagers.filter((other) => other !== taskManager);
  return isDrained ? [...others, taskManager].toSorted() : others;
}

/** A conflict under our own epoch shows what an earlier try of the write left. */
export function onDrainsWritten(step: Step, leader: Leader, answered: Answered): void {
  const { drains, epoch } = leader;
  const { change } = drains;
  if (change === null || !closeCall(change.call, answered)) return;
  const { answer } = answered;
  if (answer.kind === 'ha-written') return settle(step, leader, change, answer.revision);
  const wanted = encodeDrains({ taskManagers: wantedList(leader, change) });
  if (answer.kind === 'ha-conflict' && answer.entry !== null && sameBytes(answer.entry.value, wanted))
    return settle(step, leader, change, answer.entry.revision);
  if (step.out.noted) step.out.note({ kind: 'drains-write-retried', epoch, reason: answerReason(answer) });
  retryCall(step, change.call);
}

function settle(step: Step, leader: Leader, change: DrainChange, revision: number): void {
  const { drains, epoch } = leader;
  const { taskManager, isDrained, clients } = change;
  drains.taskManagers = wantedList(leader, change);
  drains.revision = revision;
  drains.change = null;
  if (step.out.noted) step.out.note({ kind: 'drain-wanted', epoch, taskManager, isDrained });
  for (const client of clients) tellDrain(step, leader, client, taskManager);
}
