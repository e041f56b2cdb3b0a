// A strike, from its plan to what came of it. It waits for a moment at which it proves something: a job completed a checkpoint, and all its tasks run.
// What it does to processes and connections it does through `Hands`; it reads facts, and never a machine.
import { unreachable } from '../../core/base/assert.ts';
import type { ClusterOptions } from '../../core/protocol/cluster-options.ts';
import type { StrikeKind } from '../../scenario/strikes.ts';
import { isDamage, isDisturbance, type Damage } from './strike-groups.ts';
import type { Disturbance } from './disturbed-process.ts';
import { jobsAtWork, lastCheckpoint, runningBy, type RealFacts } from './facts.ts';

export type OnBarrierTaken = (consumer: string, checkpointId: number, atMs: number) => void;

/** What can be done to the nodes of a run. */
export interface Hands {
  kill(node: string): void;
  /** A killed one, at the same address. */
  startAgain(node: string): void;
  /** Likewise, with an empty work folder and its wall clock an hour back. */
  startAfresh(node: string): void;
  stop(node: string): void;
  goOn(node: string): void;
  /** From everybody, in both directions. */
  cutOff(node: string): void;
  /** From all TaskManagers, in both directions. */
  isolate(node: string): void;
  reconnect(node: string): void;
  /** All that connects it with others swallows what comes, and says nothing; until `endHang` new connections do not come up. */
  hang(node: string): void;
  /** New connections come up again; those of before stay as they are. */
  endHang(node: string): void;
  /** Takes the next barrier behind this checkpoint out of its stream. */
  takeOutBarrier(afterCheckpoint: number, onTaken: OnBarrierTaken): void;
  killAll(): void;
  /** All that were killed, at the same addresses. */
  startAllAgain(): void;
  stopAll(): void;
  goOnAll(): void;
  /** The system does this to all processes until `calm`. */
  disturb(how: Disturbance): void;
  calm(): void;
  /** Kills all, flips a bit in a file that each start needs, and starts all again. */
  damage(what: Damage, draw: number): void;
  /** A process that was started with the damage ended by it. */
  hasEndedByDamage(): boolean;
  /** The bit is what it was; whoever ended by the damage is started again. Returns the name of the file; empty: there was none. */
  repair(): string;
}

export interface StrikePlan {
  readonly kind: StrikeKind;
  /** Chooses among those who run tasks. */
  readonly victimDraw: number;
  /** After the moment from which on it proves something. */
  readonly delayMs: number;
  /** After which a killed process is started again. */
  readonly backAfterMs: number;
}

/** What was struck, and what it was then. */
export interface Struck {
  readonly kind: StrikeKind;
  readonly victim: string;
  readonly atMs: number;
  /** The latest completed checkpoint, of any job; 0: none. */
  readonly checkpointId: number;
  /** Attempts that the victim ran, if it was a TaskManager. */
  readonly attempts: readonly string[];
  /** That it led with, or 0. */
  readonly epoch: number;
  /** The barrier that was lost; 0: none. */
  readonly barrierOf: number;
  /** When it was started again, went on or was reconnected; null: not yet, or there is nothing to undo. */
  backAtMs: number | null;
  /** In which a bit was flipped, from the scratch folder; empty: in none. */
  file: string;
}

/** The victim of a strike at all processes. */
export const EVERYBODY = 'all processes';

/** Strikes, sooner or later. */
export interface Striker {
  readonly struck: readonly Struck[];
  /** Called now and then while the job runs. */
  look(facts: RealFacts, nowMs: number): void;
  /** The run is over: who was stopped or cut off goes on, so that it can be told. Who is dead stays so. */
  end(nowMs: number): void;
}

export function createStriker(plan: StrikePlan, options: ClusterOptions, hands: Hands): Striker {
  const struck: Struck[] = [];
  let readyAtMs: number | null = null;
  let isAiming = false;
  const hit = (what: Struck): void => void struck.push(what);
  return {
    struck,
    look(facts, nowMs) {
      const [done] = struck;
      if (done !== undefined) {
        if (done.backAtMs === null && isBackDue(done, { plan, facts, options, hands }, nowMs)) undo(done, hands, nowMs);
        return;
      }
      if (isAiming) return; // the barrier is on its way
      if (!isReady(facts)) readyAtMs = null;
      else if (nowMs >= (readyAtMs ??= nowMs) + plan.delayMs) isAiming = strike(plan, facts, nowMs, hands, hit);
    },
    end(nowMs) {
      for (const one of struck)
        if (one.backAtMs === null && (!isKill(one.kind) || isDamage(one.kind))) undo(one, hands, nowMs);
    },
  };
}

/** Its victim dies; whoever starts it again starts another process. */
export function isKill(kind: StrikeKind): boolean {
  return kind.endsWith('-crash') || isLoss(kind) || kind === 'tm-clock-back' || isDamage(kind);
}

/** Its victim is not one process, but all. */
export function isOfAll(kind: StrikeKind): boolean {
  return kind.startsWith('all-') || isDisturbance(kind) || isDamage(kind);
}

/** Nothing passes between its victim and others, who all live on. */
export const partitions: readonly StrikeKind[] = ['partition', 'jm-isolated', 'hanging-streams'];

/** Nothing is ever undone of it. */
function isLoss(kind: StrikeKind): boolean {
  return kind === 'tm-loss' || kind === 'jm-loss';
}

function isReady(facts: RealFacts): boolean {
  return facts.leader !== null && jobsAtWork(facts).some((jobId) => lastCheckpoint(facts, jobId) > 0);
}

/** True if it takes effect later. */
function strike(plan: StrikePlan, facts: RealFacts, nowMs: number, hands: Hands, hit: (what: Struck) => void): boolean {
  const { kind } = plan;
  const latest = lastCheckpoint(facts);
  if (kind === 'barrier-loss') {
    hands.takeOutBarrier(latest, (victim, barrierOf, atMs) =>
      hit({ ...describeVictim(kind, victim, facts, atMs), barrierOf }),
    );
    return true;
  }
  const victim = chooseVictim(plan, facts);
  if (victim === null) return false;
  if (isDamage(kind)) hands.damage(kind, plan.victimDraw);
  else strikeNow(kind, victim, hands);
  hit(describeVictim(kind, victim, facts, nowMs));
  return false;
}

function strikeNow(kind: Exclude<StrikeKind, 'barrier-loss' | Damage>, victim: string, hands: Hands): void {
  if (isDisturbance(kind)) return hands.disturb(kind);
  switch (kind) {
    case 'tm-crash':
    case 'jm-crash':
    case 'tm-loss':
    case 'jm-loss':
    case 'tm-clock-back':
      return hands.kill(victim);
    case 'tm-pause':
    case 'jm-pause':
      return hands.stop(victim);
    case 'partition':
      return hands.cutOff(victim);
    case 'jm-isolated':
      return hands.isolate(victim);
    case 'hanging-streams':
      return hands.hang(victim);
    case 'all-crash':
      return hands.killAll();
    case 'all-pause':
      return hands.stopAll();
    default:
      return unreachable(kind);
  }
}

function chooseVictim({ kind, victimDraw }: StrikePlan, facts: RealFacts): string | null {
  if (kind.startsWith('jm-')) return facts.leader?.node ?? null;
  if (isOfAll(kind)) return EVERYBODY;
  const runners = [...runningBy(facts).keys()];
  return runners.toSorted()[victimDraw % runners.length] ?? null;
}

export function describeVictim(kind: StrikeKind, victim: string, facts: RealFacts, atMs: number): Struck {
  return {
    kind,
    victim,
    atMs,
    checkpointId: lastCheckpoint(facts),
    attempts: (runningBy(facts).get(victim) ?? []).toSorted(),
    epoch: facts.leader?.node === victim || victim === EVERYBODY ? (facts.leader?.epoch ?? 0) : 0,
    barrierOf: 0,
    backAtMs: null,
    file: '',
  };
}

// ---- The way back

const LONGER = 1.2; // than the timeout that must pass
const AT_MOST = 3; // times the timeout, if nobody took over
const ISOLATED_MS = 10_000; // if nobody took over: as long as without this the job stands still
const UNMET_MS = 15_000; // a damage that nobody met in this time meets nobody: all processes are up after 2 s, and after 7 s on a busy machine
const HANG = 2; // times the heartbeat timeout: whatever notices silence has noticed it, and TCP repeats at distances of seconds

interface Way {
  readonly plan: StrikePlan;
  readonly facts: RealFacts;
  readonly options: ClusterOptions;
  readonly hands: Hands;
}

function isBackDue({ kind, atMs }: Struck, { plan, facts, options, hands }: Way, nowMs: number): boolean {
  const isDeployedElsewhere = facts.deployments.some((deployment) => deployment.atMs > atMs);
  const elapsedMs = nowMs - atMs;
  /** A stopped process goes on when its successors are at work: then it is a zombie. */
  const outlived = (timeoutMs: number): boolean =>
    elapsedMs > LONGER * timeoutMs && (isDeployedElsewhere || elapsedMs > AT_MOST * timeoutMs);
  const longest = Math.max(options.leaseMs, options.heartbeatTimeoutMs);
  if (isDisturbance(kind)) return elapsedMs > LONGER * longest;
  if (isDamage(kind)) return elapsedMs > UNMET_MS || hands.hasEndedByDamage() || isDamageMet(facts, atMs);
  switch (kind) {
    case 'tm-crash':
    case 'jm-crash':
    case 'tm-clock-back':
    case 'all-crash':
      return elapsedMs > plan.backAfterMs;
    case 'all-pause':
      return elapsedMs > LONGER * longest;
    case 'tm-pause':
      return outlived(options.heartbeatTimeoutMs);
    case 'jm-pause':
      return outlived(options.leaseMs);
    case 'partition':
      return elapsedMs > LONGER * options.heartbeatTimeoutMs; // the job may need its slots to go on
    case 'jm-isolated':
      return elapsedMs > ISOLATED_MS || (isDeployedElsewhere && elapsedMs > AT_MOST * options.heartbeatTimeoutMs);
    case 'hanging-streams':
      return elapsedMs > HANG * options.heartbeatTimeoutMs;
    case 'barrier-loss':
    case 'tm-loss':
    case 'jm-loss':
      return false;
    default:
      return unreachable(kind);
  }
}

/** Somebody who read it said that it is not what it should be. */
export function isDamageMet({ damagedAtMs }: RealFacts, sinceMs: number): boolean {
  return damagedAtMs.some((atMs) => atMs > sinceMs);
}

function undo(struck: Struck, hands: Hands, nowMs: number): void {
  const { kind, victim } = struck;
  if (kind === 'barrier-loss' || kind === 'tm-loss' || kind === 'jm-loss') return;
  struck.backAtMs = nowMs;
  if (isDisturbance(kind)) return hands.calm();
  if (isDamage(kind)) return void (struck.file = hands.repair());
  switch (kind) {
    case 'tm-crash':
    case 'jm-crash':
      return hands.startAgain(victim);
    case 'tm-clock-back':
      return hands.startAfresh(victim);
    case 'tm-pause':
    case 'jm-pause':
      return hands.goOn(victim);
    case 'partition':
    case 'jm-isolated':
      return hands.reconnect(victim);
    case 'hanging-streams':
      return hands.endHang(victim);
    case 'all-crash':
      return hands.startAllAgain();
    case 'all-pause':
      return hands.goOnAll();
    default:
      return unreachable(kind);
  }
}
