// Which strike a run tries: what the command line says, else the scenario, else one that the seed draws from what the scenario's faults allow.
import { whyIdle } from '../../scenario/idle-faults.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { strikeFaults, strikeKinds, type StrikeKind } from '../../scenario/strikes.ts';
import { isOfAll } from './strike.ts';
import { pickUniformly, type Decisions } from '../../sim/decisions.ts';

export interface ChosenStrike {
  /** Null: nothing is tried. */
  readonly kind: StrikeKind | null;
  /** Somebody asked for it: a run in which it proves nothing fails. */
  readonly isAskedFor: boolean;
}

export function chooseStrike(
  asked: 'scenario' | 'none' | StrikeKind,
  scenario: Scenario,
  decisions: Decisions,
): ChosenStrike {
  if (asked === 'none') return { kind: null, isAskedFor: false };
  const named = asked === 'scenario' ? scenario.real?.strike : asked;
  if (named !== undefined) return { kind: named, isAskedFor: true };
  const kinds = strikesAllowedBy(scenario);
  if (kinds.length === 0) return { kind: null, isAskedFor: false };
  return { kind: kinds[pickUniformly(decisions, 'real/strike', kinds.length)] as StrikeKind, isAskedFor: false };
}

/** Strikes that are faults of the scenario as well, where they aim at what there is. */
export function strikesAllowedBy(scenario: Scenario): readonly StrikeKind[] {
  const { faults, aim = {}, cluster } = scenario;
  return strikeKinds.filter((kind) => {
    const fault = strikeFaults[kind];
    const isOfLeader = kind.startsWith('jm-');
    const roles = aim[fault]?.roles ?? ['job-manager', 'task-manager'];
    const hits = isOfAll(kind) ? BOTH : isOfLeader ? (['job-manager'] as const) : (['task-manager'] as const);
    if ((faults[fault] ?? 0) <= 0 || !hits.every((role) => roles.includes(role))) return false;
    if (whyNotStrike(kind, scenario) !== null) return false;
    if (isOfAll(kind)) return true;
    if (isOfLeader) return cluster.jobManagers > 1; // somebody has to take over
    return kind === 'tm-crash' || kind === 'tm-clock-back' || cluster.taskManagers > 1;
  });
}

const BOTH = ['job-manager', 'task-manager'] as const;

/** Why a strike would destroy what a run needs to go on, as a clause; null: it does not. */
export function whyNotStrike(kind: StrikeKind, scenario: Scenario): string | null {
  return whyIdle(scenario, strikeFaults[kind]);
}
