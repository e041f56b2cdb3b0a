// The fault plan of a run: the rules of the kinds in force, with odds. A weight is how often a run is to ask for a kind of fault; the odds
// of a question are the weight over the number of questions of a plain run. A scenario that wants at least so many faults has slots: a time
// by which there must have been one more; when it passed without, the next point that would hit something is struck for certain.
import type { Envelope } from '../../../core/base/vocabulary.ts';
import type { TimeUs, WorldView } from '../../observation.ts';
import type { FaultPlan, FaultPoint, FaultRule, FiredFault } from '../../world-types.ts';
import { faultKinds, type FaultKind } from '../../../scenario/fault-kinds.ts';
import type { FaultAim } from '../../../scenario/scenario.ts';
import { barrierLoss } from './barrier-loss.ts';
import { clientCrash } from './client-crash.ts';
import { clockDrift, clockJump, wallClock } from './clocks.ts';
import { sinkFail, sinkFence, sinkStall, sourceFail, sourceStall } from './connector-trouble.ts';
import { haCut, haOutage } from './ha-trouble.ts';
import { rareMoment } from './rare-moment.ts';
import { userChance } from './user-chance.ts';
import { userThrow } from './user-throw.ts';
import { connectionBreak } from './connection-break.ts';
import { isolatedLeader } from './isolated-leader.ts';
import { jmCrash } from './jm-crash.ts';
import { jmLoss } from './jm-loss.ts';
import { leaseLoss } from './lease-loss.ts';
import { messageDelay } from './message-delay.ts';
import { momentOf, type Moment } from './peek.ts';
import { partition } from './partition.ts';
import { pause } from './pause.ts';
import { powerLoss } from './power-loss.ts';
import { rackLoss } from './rack-loss.ts';
import type { ClusterRule, FaultSetting, FaultState, RulesByKind } from './rule.ts';
import { haste, isResting, type Rests } from './rests.ts';
import { grayNode, slowNode } from './slow-nodes.ts';
import { renumbered } from './skipped-barriers.ts';
import { storageCorrupt, storageDamage, storageStale, storageTorn } from './storage-damage.ts';
import { storageFull, storageSlow } from './storage-trouble.ts';
import { storeFail } from './store-fail.ts';
import { storeUnknown } from './store-unknown.ts';
import { tmCrash } from './tm-crash.ts';
import { tmLoss } from './tm-loss.ts';

const rulesByKind: RulesByKind = {
  'tm-crash': tmCrash,
  'jm-crash': jmCrash,
  'lease-loss': leaseLoss,
  'barrier-loss': barrierLoss,
  'message-delay': messageDelay,
  'connection-break': connectionBreak,
  partition,
  pause,
  'store-fail': storeFail,
  'store-unknown': storeUnknown,
  'tm-loss': tmLoss,
  'jm-loss': jmLoss,
  'isolated-leader': isolatedLeader,
  'storage-full': storageFull,
  'storage-slow': storageSlow,
  'storage-torn': storageTorn,
  'storage-corrupt': storageCorrupt,
  'storage-damage': storageDamage,
  'storage-stale': storageStale,
  'client-crash': clientCrash,
  'wall-clock': wallClock,
  'clock-drift': clockDrift,
  'clock-jump': clockJump,
  'sink-fail': sinkFail,
  'sink-stall': sinkStall,
  'sink-fence': sinkFence,
  'source-fail': sourceFail,
  'source-stall': sourceStall,
  'ha-cut': haCut,
  'ha-outage': haOutage,
  'rack-loss': rackLoss,
  'slow-node': slowNode,
  'gray-node': grayNode,
  'rare-moment': rareMoment,
  'user-throw': userThrow,
  'user-chance': userChance,
  'power-loss': powerLoss,
};

/** The `n`-th fault that hits must have come by then; of this kind, while that is possible. */
export interface FaultSlot {
  readonly fault: FaultKind;
  readonly atUs: TimeUs;
  /** From here on any kind will do. */
  readonly anyKindAtUs: TimeUs;
}

export interface FaultPlanOptions {
  readonly weights: Readonly<Partial<Record<FaultKind, number>>>;
  readonly aims: Readonly<Partial<Record<FaultKind, FaultAim>>>;
  readonly setting: Omit<FaultSetting, 'aim'>;
  /** Rising in time. */
  readonly slots: readonly FaultSlot[];
  /** Null: there are none. */
  readonly rests: Rests | null;
}

export function planFaults(options: FaultPlanOptions): FaultPlan<FaultState> {
  const inForce = kindsInForce(options.weights);
  const asked: Asked = { point: null, moment: 'other' };
  return {
    create: createFaultState,
    rules: inForce.flatMap((kind) => rulesOf(kind, options, asked)),
    ...filterOf(inForce),
  };
}

/** In the order of their table. */
export function kindsInForce(weights: FaultPlanOptions['weights']): readonly FaultKind[] {
  return faultKinds.filter((kind) => (weights[kind] ?? 0) > 0);
}

export function createFaultState(): FaultState {
  return { hits: 0, skipped: new Map(), burstAt: Number.NEGATIVE_INFINITY };
}

/** Only one kind alters messages for longer than one of them. */
export function filterOf(inForce: readonly FaultKind[]): Pick<FaultPlan<FaultState>, 'filter'> {
  if (!inForce.includes('barrier-loss')) return {};
  return { filter: (state: FaultState, message: Envelope) => renumbered(state, message) };
}

/** The moment of the point that rules were asked about last: several are, one after the other, and nothing happens in between unless one strikes. */
interface Asked {
  point: FaultPoint | null;
  moment: Moment;
}

function momentAt(asked: Asked, point: FaultPoint, view: WorldView): Moment {
  if (asked.point === point) return asked.moment;
  asked.point = point;
  asked.moment = momentOf(view);
  return asked.moment;
}

function rulesOf(
  kind: FaultKind,
  { weights, aims, setting, slots, rests }: FaultPlanOptions,
  asked: Asked,
): FaultRule<FaultState>[] {
  const rules = rulesByKind[kind]({ ...setting, aim: aims[kind] ?? {} });
  return rules.map((rule) => worldRule(kind, rule, { odds: oddsOf(rule, weights[kind] ?? 0), slots, rests, asked }));
}

const ODDS_MAX = 0.5; // so that a rare question never becomes a certainty

function oddsOf(rule: ClusterRule, weight: number): number {
  return Math.min(ODDS_MAX, (weight * rule.share) / Math.max(1, rule.questions));
}

/** Nothing fails for them: there is nothing to come back from. */
const bearable: readonly FaultKind[] = ['wall-clock', 'clock-drift', 'storage-damage', 'client-crash', 'user-chance'];

/** What decides when a rule strikes. */
interface Timing extends Pick<FaultPlanOptions, 'slots' | 'rests'> {
  readonly odds: number;
  readonly asked: Asked;
}

function noteHit(state: FaultState, kind: FaultKind, rests: Rests | null, now: TimeUs): void {
  state.hits += 1;
  if (rests !== null && !bearable.includes(kind) && now >= state.burstAt + rests.burstUs) state.burstAt = now;
}

function worldRule(kind: FaultKind, rule: ClusterRule, { odds, slots, rests, asked }: Timing): FaultRule<FaultState> {
  const { mayStrike, isEven = false } = rule; // found once: rules have many shapes, and are asked at each point
  return {
    fault: kind,
    stream: rule.stream,
    at: rule.at,
    kinds: rule.kinds,
    odds(state, point, view) {
      const { now } = view;
      if (isResting(rests, state, now) || !mayStrike(point, view)) return 0;
      if (isDue(slots[state.hits], kind, now)) return 1;
      const readiness = haste(rests, state, now) * (isEven ? 1 : readinessAt(asked, point, view));
      return Math.min(ODDS_MAX, odds * readiness);
    },
    apply(state, controls, point, view): FiredFault | null {
      asked.point = null;
      const fired = rule.strike(state, controls, point, view);
      if (fired?.hit === true) noteHit(state, kind, rests, view.now);
      return fired;
    },
  };
}

/** What a run begins with is asked once. */
function readinessAt(asked: Asked, point: FaultPoint, view: WorldView): number {
  return point.at === 'begin' ? 1 : readiness[momentAt(asked, point, view)];
}

/** Some moments are short, and yet much can go wrong in them: they are struck more readily. */
const readiness: Readonly<Record<Moment, number>> = { leaderless: 10, finalizing: 4, other: 1 };

function isDue(slot: FaultSlot | undefined, kind: FaultKind, now: TimeUs): boolean {
  return slot !== undefined && now >= (slot.fault === kind ? slot.atUs : slot.anyKindAtUs);
}
