// What a kind of fault is made of. plan.ts turns it into a rule of the world, with odds.
import type { Address } from '../../core/base/machine.ts';
import type { WorldView } from '../observation.ts';
import type { DiskFate, FaultPoint, FiredFault, PointControls, Transport } from '../world-types.ts';

/** Where and for how long faults of one kind strike. */
export interface GenericAim {
  /** Only these nodes are struck: they die, are paused, are cut off, send what is struck. Default: all. */
  readonly nodes?: readonly Address[];
  /** Only at these kinds of messages, requests, or inputs (for what strikes a node). Default: all. */
  readonly kinds?: readonly string[];
  /** How long it lasts (down, paused, cut off, delayed), or by how much clocks jump. Default 10 ms. */
  readonly shortestMs?: number;
  /** Default: a fifth of the run. */
  readonly longestMs?: number;
  /** `crash-for-good`: so many of `nodes` never die for good. Default: more than half of them. */
  readonly mustLive?: number;
  /** `crash`, `crash-for-good`: what is left of the node's own disks. Default `torn`. */
  readonly disk?: DiskFate;
  /** `clock-drift`: clocks run fast or slow by at most so many parts in a million. Default 10,000: one in a hundred. */
  readonly driftPpmMax?: number;
}

/** What the rules of a run depend on. Fixed for the run. */
export interface FaultSetting {
  readonly aim: GenericAim;
  readonly nodes: readonly Address[];
  /** Services that a network lies before: those that are no node's own. */
  readonly services: readonly string[];
  readonly transport: Transport;
  readonly runUs: number;
  /** Somebody tries all runs: a fault lasts as long as it can, and nothing between. */
  readonly isExact: boolean;
}

/** One kind of fault. */
export interface GenericRule {
  /** Prefix of its decision streams. */
  readonly stream: string;
  readonly at: FaultPoint['at'];
  /** Whether a fault here would hit something; it is asked nowhere else. The aims are looked at already. */
  mayStrike(point: FaultPoint, view: WorldView): boolean;
  /** In how many ways it strikes. Default 1. */
  readonly ways?: number;
  /** In a way from 0 on. Null: nothing came of it. */
  strike(controls: PointControls, point: FaultPoint, view: WorldView, way: number): FiredFault | null;
}

export type RuleOf = (setting: FaultSetting) => GenericRule;

/** A fault that hit something: rules are asked only where one would. */
export function hitAt(target: string, text: string): FiredFault {
  return { target, text, hit: true };
}

/** A fault that strikes in as many ways as there are values. */
export function inManyWays<T>(
  values: readonly T[],
  strike: (value: T, controls: PointControls, point: FaultPoint, view: WorldView) => FiredFault | null,
): Pick<GenericRule, 'ways' | 'strike'> {
  return {
    ways: values.length,
    strike: (controls, point, view, way) => strike(values[way] as T, controls, point, view),
  };
}

/** One of `choices`, each as likely as the others, by a decision of the fault's own; the first one is the plainest. */
export function choose<T>(controls: PointControls, question: string, choices: readonly T[]): T {
  const { length } = choices;
  return choices[length === 1 ? 0 : controls.pick(question, length, (length - 1) / length)] as T;
}

const DURATIONS = 5;
const SHORTEST_MS = 10;
const LONGEST_PART = 5; // of a run

/** Lengths of time from the shortest to the longest, each longer than the one before by the same factor: nobody here knows the guest's timeouts. */
export function durationsMs({ aim, runUs, isExact }: FaultSetting): readonly number[] {
  const shortest = Math.max(1, aim.shortestMs ?? Math.min(SHORTEST_MS, aim.longestMs ?? SHORTEST_MS));
  const longest = Math.max(shortest, aim.longestMs ?? Math.ceil(runUs / 1_000 / LONGEST_PART));
  if (isExact) return [longest];
  const factor = (longest / shortest) ** (1 / (DURATIONS - 1));
  return Array.from({ length: DURATIONS }, (_, step) => Math.round(shortest * factor ** step));
}

/** A rule strikes here: its aim allows it, and it would hit something. */
export function isAimedAt({ nodes }: GenericAim, rule: GenericRule, point: FaultPoint, view: WorldView): boolean {
  return (nodes === undefined || nodes.includes(point.node)) && rule.mayStrike(point, view);
}

/** Kinds of points that an aim allows; undefined: all. A run begins in one way only. */
export function aimedKinds({ kinds }: GenericAim, { at }: GenericRule): readonly string[] | undefined {
  return at === 'begin' ? undefined : kinds;
}

/**
 * Somebody is there to be missed: a process that runs, or goes on later. If all runs are tried, a process that has yet to start counts as well: it
 * may be there when a message comes.
 */
export function isThere({ isExact }: FaultSetting, view: WorldView, address: Address): boolean {
  const node = view.node(address);
  if (isExact) return node?.isGone === false;
  return node?.status === 'running' || node?.status === 'paused';
}
