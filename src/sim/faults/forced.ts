// Faults that strike for certain, at a point that is named: `tm-crash@sink-prepared#2` is a crash of a TaskManager at the second `sink-prepared` at which
// one would hit something. They are the plan's own faults, under its own rules; only their odds are others.
import type { Result } from '../../core/base/value.ts';
import type { WorldView } from '../observation.ts';
import type { FaultPlan, FaultPoint, FaultRule } from '../world-types.ts';

/** One fault, at one point of a run. */
export interface ForcedFault {
  /** As it was given. */
  readonly name: string;
  readonly fault: string;
  /** A name of the point. */
  readonly at: string;
  /** From 1 on: so many points of that name at which the fault would hit something. */
  readonly nth: number;
}

const FORCED = /^([a-z][\w-]*)@([^#\s]+)(?:#(\d+))?$/;

/** What a name asks for; null: it is that of a kind of fault, which comes when it comes. */
export function readForced(name: string): Result<ForcedFault | null> {
  if (!name.includes('@')) return { ok: true, value: null };
  const [, fault, at, nth = '1'] = FORCED.exec(name) ?? [];
  if (fault === undefined || at === undefined || Number(nth) < 1)
    return {
      ok: false,
      reason: `"${name}" must be a fault, "@", the point at which it strikes and perhaps "#" and which of them from 1 on: tm-crash@deploy-task#2`,
    };
  return { ok: true, value: { name, fault, at, nth: Number(nth) } };
}

/** The kind of fault that a name is about, and all those that are forced. */
export function kindOfFault(name: string): string {
  return name.split('@', 1)[0] as string;
}

export function forcedAmong(names: readonly string[]): readonly ForcedFault[] {
  return names.flatMap((name) => {
    const read = readForced(name);
    return read.ok && read.value !== null ? [read.value] : [];
  });
}

/** State of such a plan: plain data. */
export interface ForcedState<P> {
  readonly own: P;
  /** Points of each forced fault so far, by its name. */
  readonly points: Map<string, number>;
}

/** What a point goes by; its kind is always among it. */
export type NamesOf = (point: FaultPoint) => readonly string[];

/**
 * The plan, in which kinds of which a fault is forced strike there and nowhere else.
 *
 * @throws with a sentence if a fault never comes at the point that is named
 */
export function forcePlan<P>(
  plan: FaultPlan<P>,
  forced: readonly ForcedFault[],
  namesOf: NamesOf,
  refuse: (reason: string) => never,
): FaultPlan<ForcedState<P>> {
  for (const { fault, at } of forced) {
    const kinds = plan.rules.flatMap((rule) => (rule.fault === fault ? (rule.kinds ?? []) : []));
    const kind = at.split(/[/:]/, 1)[0] as string;
    if (kinds.length > 0 && !kinds.includes(kind))
      refuse(`${fault} never strikes at "${kind}"; it does at ${[...new Set(kinds)].toSorted().join(', ')}`);
  }
  const last: LastPoint = { point: null };
  return {
    create: () => ({ own: plan.create(), points: new Map() }),
    rules: plan.rules.map((rule) =>
      forcedRule(
        rule,
        forced.filter(({ fault }) => fault === rule.fault),
        namesOf,
        last,
      ),
    ),
    ...(plan.filter === undefined
      ? {}
      : { filter: (state, message, now) => plan.filter?.(state.own, message, now) ?? null }),
  };
}

/** Several rules of a fault may be asked at one point, one after the other: it counts once. */
interface LastPoint {
  point: FaultPoint | null;
}

function forcedRule<P>(
  rule: FaultRule<P>,
  forced: readonly ForcedFault[],
  namesOf: NamesOf,
  last: LastPoint,
): FaultRule<ForcedState<P>> {
  return {
    ...rule,
    odds(state, point, view) {
      const odds = rule.odds(state.own, point, view);
      if (forced.length === 0 || odds <= 0) return odds;
      if (last.point === point) return 0;
      last.point = point;
      return isNext(state, forced, namesOf(point)) ? 1 : 0;
    },
    apply: ({ own }, controls, point, view: WorldView, way) => rule.apply(own, controls, point, view, way),
  };
}

function isNext({ points }: ForcedState<unknown>, forced: readonly ForcedFault[], names: readonly string[]): boolean {
  let isDue = false;
  for (const { name, at, nth } of forced) {
    if (!names.includes(at)) continue;
    const count = (points.get(name) ?? 0) + 1;
    points.set(name, count);
    isDue ||= count === nth;
  }
  return isDue;
}
