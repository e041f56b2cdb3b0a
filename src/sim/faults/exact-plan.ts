// Faults without odds, for whoever tries all runs: each rule is asked wherever it may strike, until so many faults have hit. Nothing else counts,
// so that two runs in which the same happened have equal plans.
import type { WorldView } from '../observation.ts';
import type { FaultPlan, FaultPoint, FaultRule, FiredFault, PointControls } from '../world-types.ts';
import { aimedKinds, isAimedAt } from './rule.ts';
import type { GenericAim, GenericRule } from './rule.ts';

/** State of the plan: plain data. */
export interface ExactState {
  /** Faults that hit something so far. */
  hits: number;
}

/** A rule of a kind of fault. `S` is the state of its plan. */
export interface ExactRule<S extends ExactState> {
  /** Name of the fault in reports. */
  readonly fault: string;
  /** Prefix of its decision streams. */
  readonly stream: string;
  readonly at: FaultPoint['at'];
  /** Kinds of points at which it strikes; absent: all. */
  readonly kinds?: readonly string[];
  /** In how many ways it strikes. Default 1. */
  readonly ways?: number;
  /** Whether a fault here would hit something. It is asked wherever that is so. */
  mayStrike(point: FaultPoint, view: WorldView): boolean;
  strike(state: S, controls: PointControls, point: FaultPoint, view: WorldView, way: number): FiredFault | null;
}

/** A plan of such rules. @param faultsMax after so many hits nothing is asked any more */
export function exactPlan<S extends ExactState>(
  create: () => S,
  rules: readonly ExactRule<S>[],
  faultsMax: number,
): FaultPlan<S> {
  return { create, rules: rules.map((rule) => worldRule(rule, faultsMax)) };
}

const ODDS = 0.5; // whoever tries all runs does not look at it; to anybody else a fault is as likely as none

function worldRule<S extends ExactState>(rule: ExactRule<S>, faultsMax: number): FaultRule<S> {
  const { fault, stream, at, kinds, ways = 1 } = rule;
  return {
    fault,
    stream,
    at,
    ways,
    ...(kinds === undefined ? {} : { kinds }),
    odds: ({ hits }, point, view) => (hits < faultsMax && rule.mayStrike(point, view) ? ODDS : 0),
    apply(state, controls, point, view, way) {
      const fired = rule.strike(state, controls, point, view, way);
      if (fired?.hit === true) state.hits += 1;
      return fired;
    },
  };
}

/** A generic rule under the name of a guest's own kind. */
export function exactRule(fault: string, rule: GenericRule, aim: GenericAim): ExactRule<ExactState> {
  const { stream, at, ways = 1 } = rule;
  const kinds = aimedKinds(aim, rule);
  return {
    fault,
    stream,
    at,
    ways,
    ...(kinds === undefined ? {} : { kinds }),
    mayStrike: (point, view) => isAimedAt(aim, rule, point, view),
    strike: (_, controls, point, view, way) => rule.strike(controls, point, view, way),
  };
}
