// What a strike proved: before it a checkpoint was completed and the victim was at work, after it a job was restored from a checkpoint and
// committed again. A strike of which one of these cannot be said proved nothing. Of several jobs one is enough: others may be over, or begin anew.
import { unreachable } from '../../core/base/assert.ts';
import type { Result } from '../../core/base/value.ts';
import { longestStandstillMs, type Deployment, type RealFacts } from './facts.ts';
import { isDamage, isDisturbance } from './strike-groups.ts';
import { EVERYBODY, isDamageMet, type Struck } from './strike.ts';

export interface Proof {
  readonly struck: Struck;
  /** The first one of a job after it; null: the job need not restart for such a strike. */
  readonly deployment: Deployment | null;
  /** The longest time in which no record moved anywhere. */
  readonly standstillMs: number;
  /** Messages to and from the victim that were ignored in the second behind its return. */
  readonly ignored: number;
  /** From the return of the victim until it was registered again; null: the strike is not of that kind. */
  readonly joinedAfterMs: number | null;
  /** From the strike until a transaction became visible that a checkpoint behind the restore had completed. */
  readonly committedAfterMs: number;
}

/** `facts` are those of the whole run, in the order of time. */
export function proveStrike(struck: Struck | undefined, facts: RealFacts, endedAtMs: number): Result<Proof> {
  if (struck === undefined) return refuse(`the strike never came: ${whyNever(facts)}`);
  const idle = idleBefore(struck) ?? unmet(struck, facts);
  if (idle !== null) return refuse(idle);
  if (struck.kind === 'all-pause' || isDisturbance(struck.kind)) return proveOutlived(struck, facts, endedAtMs);
  const again = deployedAgain(struck, facts);
  const proofs = again.map((deployment) => proveBy(deployment, struck, facts, endedAtMs));
  return proofs.find(({ ok }) => ok) ?? proofs[0] ?? refuse('the job was not deployed again after the strike');
}

/** The first deployment of each job behind it that was deployed before. */
function deployedAgain({ atMs, epoch }: Struck, { deployments }: RealFacts): readonly Deployment[] {
  const before = new Set(deployments.filter((one) => one.atMs <= atMs).map(({ jobId }) => jobId));
  const after = deployments.filter((one) => one.atMs > atMs && one.epoch >= epoch && before.has(one.jobId));
  return after.filter(({ jobId }, index) => after.findIndex((one) => one.jobId === jobId) === index);
}

function proveBy(deployment: Deployment, struck: Struck, facts: RealFacts, endedAtMs: number): Result<Proof> {
  const { atMs, kind, victim, backAtMs } = struck;
  if (struck.epoch > 0 && deployment.epoch <= struck.epoch)
    return refuse(`the job was deployed again under epoch ${deployment.epoch}, which is that of the victim`);
  if (deployment.restoredFrom < 1) return refuse('the job was deployed again from nothing, not from a checkpoint');
  if (kind.endsWith('-pause') && (backAtMs === null || backAtMs >= endedAtMs))
    return refuse(`${victim} went on when the job was over, too late to do harm`);
  if (kind === 'jm-isolated' && backAtMs !== null && deployment.atMs > backAtMs)
    return refuse(
      `the job was deployed again when ${victim} reached the TaskManagers again, and stood still until then`,
    );
  const joinedAt = joinedAgain(struck, facts);
  if (joinedAt === null && mustJoin(kind)) return refuse(`${victim} was not registered again before the job was over`);
  const committedAt = firstCommitBehind(facts, deployment);
  if (committedAt === null) return refuse('no output was committed after the strike');
  return {
    ok: true,
    value: {
      struck,
      deployment,
      standstillMs: longestStandstillMs(facts, atMs, committedAt),
      ignored: countIgnored(facts, struck),
      joinedAfterMs: joinedAt === null || backAtMs === null ? null : joinedAt - backAtMs,
      committedAfterMs: committedAt - atMs,
    },
  };
}

/** Whatever became of the job meanwhile: it goes on behind the end of the strike. */
function proveOutlived(struck: Struck, facts: RealFacts, endedAtMs: number): Result<Proof> {
  const { atMs, backAtMs } = struck;
  if (backAtMs === null || backAtMs >= endedAtMs) return refuse('the strike lasted until the job was over');
  const committedAt = facts.committed
    .map((one) => one.atMs)
    .toSorted((a, b) => a - b)
    .find((at) => at > backAtMs);
  if (committedAt === undefined) return refuse('no output was committed behind the end of the strike');
  return {
    ok: true,
    value: {
      struck,
      deployment: null,
      standstillMs: longestStandstillMs(facts, atMs, committedAt),
      ignored: countIgnored(facts, struck),
      joinedAfterMs: null,
      committedAfterMs: committedAt - atMs,
    },
  };
}

/** Why nobody had to do with what was done, or null. */
function unmet({ kind, atMs, backAtMs, file }: Struck, facts: RealFacts): string | null {
  const until = backAtMs ?? Number.POSITIVE_INFINITY;
  if (isDamage(kind)) {
    if (backAtMs !== null && file === '') return 'there was no file to damage';
    // of the log of the HA service a process says so as it ends
    return kind === 'damaged-ha' || isDamageMet(facts, atMs) ? null : `nobody read the damage in ${file}`;
  }
  if (!kind.startsWith('disk-') && kind !== 'sync-fails') return null;
  return facts.refusedAtMs.some((at) => at > atMs && at <= until) ? null : 'no request failed while it lasted';
}

/** It shows something by coming back, not by being away. */
function mustJoin(kind: Struck['kind']): boolean {
  return kind === 'hanging-streams' || kind === 'tm-clock-back';
}

function joinedAgain({ kind, victim, backAtMs }: Struck, { joined }: RealFacts): number | null {
  if (backAtMs === null || !mustJoin(kind)) return null;
  return joined.find(({ node, atMs }) => node === victim && atMs > backAtMs)?.atMs ?? null;
}

function whyNever({ completed }: RealFacts): string {
  return completed.length === 0
    ? 'no checkpoint was completed'
    : 'the job was over before there was something to strike';
}

function refuse(reason: string): Result<Proof> {
  return { ok: false, reason };
}

/** What was missing before it, or null. */
function idleBefore({ kind, checkpointId, attempts, epoch, victim }: Struck): string | null {
  if (checkpointId < 1) return 'no checkpoint was completed before the strike';
  switch (kind) {
    case 'jm-crash':
    case 'jm-pause':
    case 'jm-isolated':
    case 'jm-loss':
    case 'all-crash':
    case 'all-pause':
    case 'disk-full':
    case 'disk-read-only':
    case 'sync-fails':
    case 'sync-slow':
    case 'clocks-jump':
    case 'damaged-ha':
    case 'damaged-metadata':
    case 'damaged-snapshot':
    case 'damaged-artifact':
    case 'damaged-sink':
      return epoch > 0 ? null : notLed(victim);
    case 'tm-crash':
    case 'tm-pause':
    case 'barrier-loss':
    case 'partition':
    case 'tm-loss':
    case 'hanging-streams':
    case 'tm-clock-back':
      return attempts.length > 0 ? null : `${victim} ran no task when it was struck`;
    default:
      return unreachable(kind);
  }
}

function notLed(victim: string): string {
  return victim === EVERYBODY ? 'nobody led when they were struck' : `${victim} did not lead when it was struck`;
}

function firstCommitBehind(facts: RealFacts, deployment: Deployment): number | null {
  const { jobId } = deployment;
  const completed = facts.completed.find((one) => one.jobId === jobId && one.atMs > deployment.atMs);
  if (completed === undefined) return null;
  const times = facts.committed
    .filter(({ transaction }) => transaction.startsWith(`${jobId}/`))
    .map(({ atMs }) => atMs);
  return times.toSorted((a, b) => a - b).find((atMs) => atMs > completed.atMs) ?? null;
}

const RETURN_MS = 1_000;

function countIgnored(facts: RealFacts, { victim, backAtMs }: Struck): number {
  if (backAtMs === null) return 0;
  return facts.noted.ignored.filter(
    ({ atMs, by, of }) =>
      (victim === EVERYBODY || by === victim || of === victim) && atMs >= backAtMs && atMs < backAtMs + RETURN_MS,
  ).length;
}
