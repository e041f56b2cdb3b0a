// The generic faults of a run as a plan of the world: the rules of the kinds in force, each with its budget, or without odds.
import { assert } from '../../core/base/assert.ts';
import type { Address } from '../../core/base/machine.ts';
import type { ExactFaults } from '../guest.ts';
import type { WorldView } from '../observation.ts';
import type { FaultPlan, FaultPoint, FaultRule, Transport } from '../world-types.ts';
import { createBudget, ODDS_MAX, spend } from './budget.ts';
import type { Budget } from './budget.ts';
import { exactPlan, exactRule } from './exact-plan.ts';
import type { ExactState } from './exact-plan.ts';
import { clockDrift, clockJump, clockOffset } from './clock-faults.ts';
import { faultKindsOn, genericFaultKinds } from './kinds.ts';
import type { GenericFaultKind } from './kinds.ts';
import { partition, partitionOneWay } from './link-faults.ts';
import { connectionBreak, messageDelay, messageDuplicate, messageLoss } from './message-faults.ts';
import { crash, crashForGood, pause } from './node-faults.ts';
import { requestFail, requestUnknown } from './request-faults.ts';
import { aimedKinds, isAimedAt } from './rule.ts';
import type { GenericAim, GenericRule, RuleOf } from './rule.ts';

const ruleByKind: Readonly<Record<GenericFaultKind, RuleOf>> = {
  crash,
  'crash-for-good': crashForGood,
  pause,
  partition,
  'partition-one-way': partitionOneWay,
  'message-delay': messageDelay,
  'message-loss': messageLoss,
  'message-duplicate': messageDuplicate,
  'connection-break': connectionBreak,
  'request-fail': requestFail,
  'request-unknown': requestUnknown,
  'clock-offset': clockOffset,
  'clock-drift': clockDrift,
  'clock-jump': clockJump,
};

/** How often which faults strike, and whom. */
export interface GenericFaultOptions {
  /** How often a kind of fault strikes in a run, on average; absent or 0: never. Of `clock-offset`: how many nodes it strikes. */
  readonly weights: Readonly<Partial<Record<GenericFaultKind, number>>>;
  readonly aims?: Readonly<Partial<Record<GenericFaultKind, GenericAim>>>;
  /** All addresses of the world. */
  readonly nodes: readonly Address[];
  /** Names of the services that a partition may cut nodes off from: not those that are each node's own. */
  readonly services?: readonly string[];
  /** As the world's network has it. Default `stream`. */
  readonly transport?: Transport;
  /** How long faults last: the weights are means over this time. */
  readonly runUs: number;
}

/** State of the plan: plain data. */
export interface GenericFaultState {
  readonly budgets: Map<string, Budget>;
  /** Faults that hit something so far. */
  hits: number;
}

/**
 * A plan of faults that strike any guest.
 *
 *     const nodes = ['a', 'b', 'c'];
 *     const faults = planGenericFaults({ weights: { crash: 2, partition: 1 }, nodes, runUs: 10_000_000 });
 *     createWorld({ nodes: nodes.map((address) => ({ address, machine })), faults, … });
 *
 * Throws on a kind that cannot come with the transport, and on aims at nodes that do not exist.
 */
export function planGenericFaults(options: GenericFaultOptions): FaultPlan<GenericFaultState> {
  const inForce = kindsInForce(options);
  return {
    create: () => ({ budgets: new Map(inForce.map((kind) => [kind, createBudget()])), hits: 0 }),
    rules: inForce.map((kind) => worldRule(kind, options)),
  };
}

/** The same faults without odds: the weights only say which kinds are in force. */
export function planExactFaults(options: GenericFaultOptions, { faultsMax }: ExactFaults): FaultPlan<ExactState> {
  const rules = kindsInForce(options).map((kind) => exactRule(kind, ruleOf(kind, options, true), aimOf(kind, options)));
  return exactPlan(() => ({ hits: 0 }), rules, faultsMax);
}

function kindsInForce(options: GenericFaultOptions): readonly GenericFaultKind[] {
  const inForce = genericFaultKinds.filter((kind) => (options.weights[kind] ?? 0) > 0);
  checkOptions(options, inForce);
  return inForce;
}

function checkOptions(
  { transport = 'stream', aims = {}, nodes }: GenericFaultOptions,
  inForce: readonly GenericFaultKind[],
): void {
  const possible = faultKindsOn(transport);
  for (const kind of inForce) {
    assert(possible.includes(kind), () => `${kind} cannot come on the transport ${transport}`);
    const unknown = aims[kind]?.nodes?.find((address) => !nodes.includes(address));
    assert(unknown === undefined, () => `the aim of ${kind} names ${unknown}, which is no node`);
  }
}

function worldRule(kind: GenericFaultKind, options: GenericFaultOptions): FaultRule<GenericFaultState> {
  const aim = aimOf(kind, options);
  const rule = ruleOf(kind, options, false);
  const kinds = aimedKinds(aim, rule);
  return {
    fault: kind,
    stream: rule.stream,
    at: rule.at,
    ways: rule.ways ?? 1,
    ...(kinds === undefined ? {} : { kinds }),
    odds: (state, point, view) => (isAimedAt(aim, rule, point, view) ? oddsOf(state, kind, options, point, view) : 0),
    apply(state, controls, point, view, way) {
      const fired = rule.strike(controls, point, view, way);
      if (fired?.hit === true) state.hits += 1;
      return fired;
    },
  };
}

function aimOf(kind: GenericFaultKind, { aims }: GenericFaultOptions): GenericAim {
  return aims?.[kind] ?? {};
}

function ruleOf(kind: GenericFaultKind, options: GenericFaultOptions, isExact: boolean): GenericRule {
  const { nodes, services = [], transport = 'stream', runUs } = options;
  return ruleByKind[kind]({ aim: aimOf(kind, options), nodes, services, transport, runUs, isExact });
}

function oddsOf(
  state: GenericFaultState,
  kind: GenericFaultKind,
  { weights, aims, nodes, runUs }: GenericFaultOptions,
  point: FaultPoint,
  view: WorldView,
): number {
  const weight = weights[kind] ?? 0;
  if (point.at === 'begin') return Math.min(ODDS_MAX * 2, weight / (aims?.[kind]?.nodes ?? nodes).length);
  const budget = state.budgets.get(kind);
  return budget === undefined ? 0 : spend(budget, weight, view.now / runUs, point.kind);
}
