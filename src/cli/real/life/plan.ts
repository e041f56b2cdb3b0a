// What a seed decides about the life of a cluster: whom to kill when, for how long, and when jobs get savepoints and other parallelism. Pure.
import type { JobGraph } from '../../../core/graph/job-graph.ts';
import type { OperatorParallelism } from '../../../core/protocol/messages.ts';
import type { Scenario } from '../../../scenario/scenario.ts';
import { pickUniformly, type Decisions } from '../../../sim/decisions.ts';

export interface LifeKill {
  /** Behind the moment at which all processes are up again: a machine on which that takes long sees fewer of them. */
  readonly afterMs: number;
  readonly victim: string;
  readonly backAfterMs: number;
}

/** What all jobs get at this moment. */
export interface LifeTurn {
  /** Behind the moment at which all processes are up. */
  readonly atMs: number;
  readonly wants: 'savepoint' | 'rescale';
}

export interface LifePlan {
  readonly lifeMs: number;
  /** In their order; more than there is time for. */
  readonly kills: readonly LifeKill[];
  readonly turns: readonly LifeTurn[];
  /** The process that is never killed, so that what grows in a process shows; a TaskManager. */
  readonly spared: string;
}

/** Two leaders-to-be; one dead TaskManager leaves slots enough for all. */
export const LIFE_CLUSTER: Scenario['cluster'] = { jobManagers: 2, taskManagers: 3, slotsPerTaskManager: 4 };

const SHORTEST_GAP_MS = 2_000;
const LONGEST_GAP_MS = 6_000;
const SOONEST_BACK_MS = 200;
const LATEST_BACK_MS = 2_500; // sooner than anybody noticed, or long after
/** A machine on which processes need 20 s to come up has so few kills, and proves nothing. */
export const RAREST_KILL_MS = 25_000;
const TURN_MS = 300_000; // between two savepoints of a job
const TURNS_LEAST = 3; // of a short life

export function planLife(lifeMs: number, cluster: Scenario['cluster'], decisions: Decisions): LifePlan {
  const { jobManagers, taskManagers } = cluster;
  const victims = [...namesOf('jm', jobManagers), ...namesOf('tm', taskManagers - 1)];
  const between = (stream: string, from: number, to: number): number =>
    from + pickUniformly(decisions, stream, to - from);
  const kills = Array.from({ length: Math.ceil(lifeMs / SHORTEST_GAP_MS) }, (): LifeKill => ({
    afterMs: between('life/gap', SHORTEST_GAP_MS, LONGEST_GAP_MS),
    victim: victims[pickUniformly(decisions, 'life/victim', victims.length)] as string,
    backAfterMs: between('life/back', SOONEST_BACK_MS, LATEST_BACK_MS),
  }));
  return { lifeMs, kills, turns: turnsOf(lifeMs), spared: `tm-${taskManagers}` };
}

function namesOf(role: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${role}-${index + 1}`);
}

/** One of each kind in each period. */
function turnsOf(lifeMs: number): LifeTurn[] {
  const periodMs = Math.min(TURN_MS, lifeMs / TURNS_LEAST);
  return Array.from({ length: Math.floor(lifeMs / periodMs) }, (_, period): LifeTurn[] => [
    { atMs: (period + 1 / 3) * periodMs, wants: 'savepoint' },
    { atMs: (period + 2 / 3) * periodMs, wants: 'rescale' },
  ]).flat();
}

/** The widest operators lose a subtask, and get it back the next time. Empty: the job has one subtask of each. */
export function rescalingOf({ operators }: JobGraph, time: number): readonly OperatorParallelism[] {
  const widest = Math.max(...operators.map(({ parallelism }) => parallelism));
  if (widest === 1) return [];
  return operators
    .filter(({ parallelism }) => parallelism === widest)
    .map(({ id }) => ({ operator: id, parallelism: time % 2 === 0 ? widest - 1 : widest }));
}
