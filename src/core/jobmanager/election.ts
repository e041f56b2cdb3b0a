// Who leads: looks at the lease as a standby, campaigns by a conditional write of the next epoch, renews as a leader and stops in time.
// Safety never rests on the clocks in here: every durable write of a leader is conditional on its epoch.
import { unreachable } from '../base/assert.ts';
import { cancelTimer, setTimer } from '../base/timers.ts';
import { LEADER_KEY } from '../protocol/ha-keys.ts';
import type { LeaderRecord } from '../protocol/ha-records.ts';
import type { MessageOfKind } from '../protocol/messages.ts';
import type { HaEntry, PortAnswer } from '../protocol/ports.ts';
import type { PurposeOf } from '../protocol/purposes.ts';
import type { LeadershipReason } from '../protocol/reasons.ts';
import { decodeLeader, encodeLeader } from '../protocol/records-codec.ts';
import { checkTransition } from '../protocol/states.ts';
import { moveJob } from './jobs.ts';
import type { ElectionRole } from './election-state.ts';
import { createLeader, NONE, type ElectionTimer, type Leader } from './state.ts';
import { ask, answerReason, unheardMs, type Answered, type Step } from './step.ts';
import { electionTransitions } from './transitions.ts';
import { yieldMs } from './yields.ts';

function moveRole({ state: { election }, config }: Step, to: ElectionRole): void {
  election.role = checkTransition(electionTransitions, election.role, to, `the role of ${config.address}`);
}

export function onStart(step: Step, incarnation: number): void {
  step.state.incarnation = incarnation;
  lookAtLease(step);
}

export function onElectionTimer(step: Step, timer: ElectionTimer): void {
  switch (timer) {
    case 'look':
      return lookAtLease(step);
    case 'renew':
      return renewLease(step);
    case 'lease-end':
      return stopLeading(step, { kind: 'lease-ran-out' });
    default:
      return unreachable(timer);
  }
}

function lookAtLease(step: Step): void {
  if (step.state.election.role !== 'STANDBY') return;
  ask(step, { kind: 'look-at-lease', epoch: NONE }, { kind: 'ha-lease' });
  lookAgainAt(step, step.now + step.options.leaseRenewIntervalMs);
}

function lookAgainAt(step: Step, at: number): void {
  setTimer(step.state.timers, 'look', at);
}

export function onLeaseSeen(step: Step, { answer }: Answered): void {
  if (step.state.election.role !== 'STANDBY') return;
  if (answer.kind !== 'ha-lease') {
    lookAgainAt(step, step.now + step.options.requestRetryMs);
    return;
  }
  if (!observeLease(step, answer)) noteBlocked(step, answer.leader);
  else if (isOwnCampaign(step))
    becomeLeader(step, step.state.election.campaignEpoch, step.state.election.campaignSentAt);
  else if (mayCampaign(step)) campaign(step);
  else
    lookAgainAt(
      step,
      Math.min(step.now + step.options.leaseRenewIntervalMs, step.state.election.changedAt + patienceMs(step)),
    );
}

/** Nobody can be elected: which epoch would be the next one is not known. */
function noteBlocked({ out }: Step, leader: HaEntry | null): void {
  if (out.noted && leader !== null) {
    out.note({ kind: 'election-blocked', key: leader.key, revision: leader.revision });
  }
}

/** Takes over what a look showed; false if the leader record cannot be read. */
function observeLease(step: Step, seen: Extract<PortAnswer, { kind: 'ha-lease' }>): boolean {
  const { election } = step.state;
  const revision = seen.leader?.revision ?? 0;
  if (revision === election.seenRevision && seen.renewals === election.seenRenewals) return true;
  // Fewer renewals than before: a host that knows more of the leader than its key says tells it so (net-real/gone-leader.ts).
  if (revision !== election.seenRevision || seen.renewals < election.seenRenewals) {
    const record = readLeader(seen.leader);
    if (record === null) return false;
    election.seenEpoch = record.epoch;
    election.seenAddress = record.address;
    election.seenResigned = record.resigned;
    election.seenRevision = revision;
  }
  election.seenRenewals = seen.renewals;
  election.changedAt = step.now;
  return true;
}

function readLeader(entry: HaEntry | null): LeaderRecord | null {
  if (entry === null) return { epoch: NONE, address: '', resigned: false };
  const record = decodeLeader(entry.value);
  return record.ok ? record.value : null;
}

/** A campaign of unknown outcome turns out to have been written, and the lease that it began still runs. */
function isOwnCampaign(step: Step): boolean {
  const { election } = step.state;
  if (election.campaignEpoch === NONE || election.campaignEpoch !== election.seenEpoch) return false;
  return election.seenAddress === step.config.address && step.now < election.campaignSentAt + step.options.leaseMs;
}

/** Nobody ever led, or the leader showed no sign of life for long enough. */
function mayCampaign(step: Step): boolean {
  const { seenEpoch, changedAt } = step.state.election;
  return seenEpoch === NONE || step.now - changedAt >= patienceMs(step);
}

/**
 * A lease, as long as the leader did not resign; nothing behind a leader that was this very address, as nobody else acts under that. One that yields
 * leaves others a lease more to campaign, and behind its own epoch another one; behind another one that resigned as well it yields to those alone that have
 * yet to look.
 */
function patienceMs(step: Step): number {
  const { election } = step.state;
  const { leaseMs, leaseRenewIntervalMs } = step.options;
  const wasOwn = election.seenAddress === step.config.address;
  const leases = election.seenResigned ? 0 : 1;
  if (step.now >= election.yieldsUntil) return wasOwn ? 0 : leases * leaseMs;
  if (isNobodyBetter(step)) return leaseRenewIntervalMs;
  return (leases + (wasOwn ? 2 : 1)) * leaseMs;
}

/** It yielded, and whoever led instead reached no TaskManager either. */
function isNobodyBetter({ state: { election }, config, now }: Step): boolean {
  return now < election.yieldsUntil && election.seenResigned && election.seenAddress !== config.address;
}

/** It leads again for as long as it would yield now, whoever can reach it. */
function stayAsLong({ state: { election }, options, now }: Step): void {
  election.isAlone = true;
  election.yieldsUntil = now + yieldMs(options, election.resignations);
}

function campaign(step: Step): void {
  const { election } = step.state;
  const campaignEpoch = election.seenEpoch + 1;
  moveRole(step, 'CAMPAIGNING');
  election.campaignEpoch = campaignEpoch;
  election.campaignSentAt = step.now;
  election.isAlone = election.seenAddress === step.config.address;
  if (isNobodyBetter(step)) stayAsLong(step);
  cancelTimer(step.state.timers, 'look');
  ask(
    step,
    { kind: 'campaign', epoch: NONE, campaignEpoch, sentAt: step.now },
    {
      kind: 'ha-write',
      key: LEADER_KEY,
      value: encodeLeader({ epoch: campaignEpoch, address: step.config.address, resigned: false }),
      ifRevision: election.seenRevision,
      ifEpoch: null,
    },
  );
}

export function onCampaignAnswered(step: Step, purpose: PurposeOf<'campaign'>, { answer }: Answered): void {
  const { election } = step.state;
  if (election.role !== 'CAMPAIGNING' || election.campaignEpoch !== purpose.campaignEpoch) return;
  if (answer.kind === 'ha-written') return becomeLeader(step, purpose.campaignEpoch, purpose.sentAt);
  noteCampaignFailed(step, purpose.campaignEpoch, answer);
  moveRole(step, 'STANDBY');
  const isUnknown = answer.kind === 'failed' && answer.outcome === 'unknown';
  if (!isUnknown) election.campaignEpoch = NONE;
  lookAgainAt(step, answer.kind === 'failed' ? step.now + step.options.requestRetryMs : step.now);
}

function noteCampaignFailed({ out }: Step, epoch: number, answer: Answered['answer']): void {
  if (out.noted) out.note({ kind: 'campaign-failed', epoch, reason: answerReason(answer) });
}

function becomeLeader(step: Step, epoch: number, sentAt: number): void {
  const { election, timers } = step.state;
  moveRole(step, 'LEADING');
  election.campaignEpoch = NONE;
  election.leaseEndsAt = sentAt + step.options.leaseMs;
  step.state.leader = createLeader(epoch);
  setTimer(step.state.leader.timers, 'isolation', step.now + unheardMs(step.options));
  cancelTimer(timers, 'look');
  setTimer(timers, 'lease-end', election.leaseEndsAt);
  setTimer(timers, 'renew', sentAt + step.options.leaseRenewIntervalMs);
  if (step.out.noted) step.out.note({ kind: 'leader-elected', epoch });
}

function renewLease(step: Step): void {
  const { leader } = step.state;
  if (leader === null) return;
  ask(step, { kind: 'renew', epoch: leader.epoch, sentAt: step.now }, { kind: 'ha-renew', epoch: leader.epoch });
  setTimer(step.state.timers, 'renew', step.now + step.options.leaseRenewIntervalMs);
}

/** Only for the leader that asked. */
export function onRenewed(step: Step, purpose: PurposeOf<'renew'>, { answer }: Answered): void {
  const { election, timers } = step.state;
  if (answer.kind === 'ha-renewed' && answer.epoch === purpose.epoch) {
    election.leaseEndsAt = Math.max(election.leaseEndsAt, purpose.sentAt + step.options.leaseMs);
    setTimer(timers, 'lease-end', election.leaseEndsAt);
  } else if (answer.kind === 'failed') setTimer(timers, 'renew', step.now + step.options.requestRetryMs);
  else stopLeading(step, { kind: 'renewal-refused', reason: answerReason(answer) });
}

/**
 * Its host says so from its own address: somebody ends the process in good order, and this is its last step. A campaign whose outcome is not known is left
 * alone: its epoch may be that of another one.
 */
export function onProcessStops(step: Step, message: MessageOfKind<'process-stops'>): void {
  if (message.from !== step.config.address) return step.out.ignore(message, { kind: 'not-from-host' });
  resign(step, { kind: 'process-stops', why: message.body.why });
}

/** It says in the leader key, still of its epoch, that nobody need wait for the end of its lease. Should that not come through, they wait. */
export function resign(step: Step, reason: LeadershipReason): void {
  const { leader } = step.state;
  if (leader === null) return;
  const { epoch } = leader;
  const value = encodeLeader({ epoch, address: step.config.address, resigned: true });
  ask(
    step,
    { kind: 'resign', epoch: NONE, resigned: epoch },
    { kind: 'ha-write', key: LEADER_KEY, value, ifRevision: null, ifEpoch: epoch },
  );
  stopLeading(step, reason);
}

/** Its jobs are SUSPENDED, then it forgets everything that a leader knows. Nothing is cancelled and nothing durable is touched: a successor has it, or will. */
export function stopLeading(step: Step, reason: LeadershipReason): void {
  const { leader, election, timers } = step.state;
  if (leader === null) return;
  if (step.out.noted) {
    const suspended = [...leader.jobs.keys()];
    step.out.note({ kind: 'leadership-lost', epoch: leader.epoch, reason, suspended });
  }
  suspendJobs(step, leader);
  step.state.leader = null;
  moveRole(step, 'STANDBY');
  election.seenRevision = -1;
  cancelTimer(timers, 'renew');
  cancelTimer(timers, 'lease-end');
  lookAgainAt(step, step.now);
}

/** In one step, without waiting for tasks: they go on until another leader cancels them. Whoever asks hears nothing here from now on. */
function suspendJobs(step: Step, { jobs }: Leader): void {
  for (const job of jobs.values()) moveJob(step, job, 'SUSPENDED');
}
