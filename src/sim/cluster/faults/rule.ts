// What a kind of fault is made of: rules, each for one sort of point. `plan-faults.ts` turns them into the world's, with odds.
import type { Address } from '../../../core/base/vocabulary.ts';
import type { ClusterOptions } from '../../../core/protocol/cluster-options.ts';
import type { TimeUs, WorldView } from '../../observation.ts';
import type { FaultPoint, FiredFault, PointControls } from '../../world-types.ts';
import type { FaultKind } from '../../../scenario/fault-kinds.ts';
import type { FaultAim } from '../../../scenario/scenario.ts';
import type { SimOptions } from '../../../scenario/sim-options.ts';
import type { ThrowPlace } from '../throwing-program.ts';
import type { RunEstimate } from './estimate.ts';

/** What the rules of a run may depend on. Fixed for the run. */
export interface FaultSetting {
  readonly options: ClusterOptions;
  readonly sim: SimOptions;
  readonly aim: FaultAim;
  /** What a run without faults does, roughly: odds follow from it. */
  readonly estimate: RunEstimate;
  /** TaskManagers whose slots the jobs need: so many never die for good. */
  readonly taskManagersNeeded: number;
  /** Records of each split, by topic. */
  readonly splitLengths: ReadonlyMap<string, readonly number[]>;
  /** Where code of the jobs throws for certain at a planted record, by topic. */
  readonly throwPlaces: ReadonlyMap<string, readonly ThrowPlace[]>;
  /** Topics whose records go to code that varies. */
  readonly varyingTopics: ReadonlySet<string>;
  /** Clients that may die, and ask again. */
  readonly forgetfulClients: readonly Address[];
}

/** State of the fault plan: plain data. */
export interface FaultState {
  /** Faults that hit something so far. */
  hits: number;
  /** Barriers that were taken out without a trace, by channel: their numbers, rising. See `skipped-barriers.ts`. */
  readonly skipped: Map<string, number[]>;
  /** The latest burst of faults began, in µs; -Infinity: none did. Counts where there are rests. */
  burstAt: TimeUs;
}

/** A rule of one kind of fault. */
export interface ClusterRule {
  /** Prefix of its decision streams. */
  readonly stream: string;
  readonly at: FaultPoint['at'];
  readonly kinds: readonly string[];
  /** Its part of the weight of its kind; those of a kind add up to 1. */
  readonly share: number;
  /** How often a plain run asks it. */
  readonly questions: number;
  /** Short moments in which much can go wrong are struck no more readily than others. Default: they are. */
  readonly isEven?: boolean;
  /** Whether a fault here would hit something. It is not asked elsewhere. */
  readonly mayStrike: (point: FaultPoint, view: WorldView) => boolean;
  strike(state: FaultState, controls: PointControls, point: FaultPoint, view: WorldView): FiredFault | null;
}

/** The same where no odds are given: what it strikes, and how. */
export type OwnRule = Pick<ClusterRule, 'stream' | 'at' | 'mayStrike' | 'strike'>;

export type RulesOf = (setting: FaultSetting) => readonly ClusterRule[];

export type RulesByKind = Readonly<Record<FaultKind, RulesOf>>;

/** A fault that hit something: rules are only asked where one would. */
export function hitAt(target: string, text: string): FiredFault {
  return { target, text, hit: true };
}

/** One of `choices`, by a decision of the fault's own; the first one is the plainest. */
export function choose<T>(controls: PointControls, question: string, choices: readonly T[]): T {
  const index =
    choices.length === 1 ? 0 : controls.pick(question, choices.length, (choices.length - 1) / choices.length);
  return choices[index] as T;
}
