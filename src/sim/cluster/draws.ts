// What a run draws before it begins: options, and the times by which faults must have come. Each question has a stream of its own.
import { withDefaults } from '../../core/base/options.ts';
import { clusterOptionTable, contradictionOf, type ClusterOptions } from '../../core/protocol/cluster-options.ts';
import { faultKinds, type FaultKind } from '../../scenario/fault-kinds.ts';
import { ScenarioMistake } from '../../scenario/scenario-mistake.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { simOptionTable, type SimOptions } from '../../scenario/sim-options.ts';
import { kindOfFault } from '../faults/forced.ts';
import { pickUniformly } from '../decisions.ts';
import { drawOption } from '../draw-option.ts';
import type { RunEstimate } from './faults/estimate.ts';
import type { FaultSlot } from './faults/plan-faults.ts';
import type { JobRunRequest } from './run-types.ts';

export interface DrawnOptions {
  readonly options: ClusterOptions;
  readonly sim: SimOptions;
  /** Those that were drawn or set, by name. */
  readonly drawn: Readonly<Record<string, number>>;
}

/** What is set is not drawn; what is drawn counts more than what the scenario says. */
export function drawOptions({ scenario, decisions, set }: JobRunRequest): DrawnOptions {
  const drawn: Record<string, number> = {};
  for (const [name, range] of Object.entries(scenario.draw ?? {})) {
    drawn[name] = set[name] ?? drawOption(decisions, name, range, plainOf(scenario, name));
  }
  Object.assign(drawn, set);
  const options = withDefaults(clusterOptionTable, { ...scenario.options, ...drawn });
  const contradiction = contradictionOf(options);
  if (contradiction !== null) throw new ScenarioMistake(`scenario "${scenario.name}": ${contradiction}`);
  return {
    options,
    sim: withDefaults(simOptionTable, { ...scenario.sim, ...set }),
    drawn,
  };
}

function plainOf(scenario: Scenario, name: string): number {
  const key = name as keyof ClusterOptions;
  return scenario.options?.[key] ?? clusterOptionTable[key].default;
}

export type FaultWeights = Readonly<Partial<Record<FaultKind, number>>>;

/** Fault kinds in force, with their weights; a kind that was asked for by name has one, even if the scenario gives it none. */
export function drawWeights(request: JobRunRequest): FaultWeights {
  const { scenario, faults } = request;
  if (faults !== 'scenario')
    return Object.fromEntries(kindsAmong(faults).map((kind) => [kind, scenario.faults[kind] ?? 1]));
  return scenario.swarm === true && request.exactFaults === undefined ? drawSwarm(request) : scenario.faults;
}

function kindsAmong(faults: readonly string[]): readonly FaultKind[] {
  return faults.map((name) => kindOfFault(name) as FaultKind);
}

/** Each kind is off in every second run: what one hides, another run without it shows. */
function drawSwarm({ scenario, decisions }: JobRunRequest): FaultWeights {
  const entries = Object.entries(scenario.faults) as [FaultKind, number][];
  return Object.fromEntries(entries.filter(([kind]) => pickUniformly(decisions, `faults/swarm/${kind}`, 2) > 0));
}

/** Whether nothing is to strike for a while behind each burst of faults. */
export function drawPauses({ scenario, decisions, faults, exactFaults }: JobRunRequest): boolean {
  const { pauses = 0 } = scenario;
  if (pauses === 0 || faults !== 'scenario' || exactFaults !== undefined) return false;
  return pickUniformly(decisions, 'faults/pauses', pauses) === pauses - 1;
}

const FIRST_SLOT = 0.2; // of the plain length of the run; the last one leaves time for its fault to be felt
const LAST_SLOT = 0.75;
const PATIENCE = 0.08; // for the kind of a slot, before any other will do

export function drawSlots(
  request: JobRunRequest,
  weights: FaultWeights,
  { plainMs }: RunEstimate,
): readonly FaultSlot[] {
  const kinds = faultKinds.filter((kind) => (weights[kind] ?? 0) > 0);
  const count = kinds.length === 0 ? 0 : (request.scenario.atLeastFaults ?? 0);
  const step = (LAST_SLOT - FIRST_SLOT) / Math.max(1, count);
  return Array.from({ length: count }, (_, index) => {
    const permille = pickUniformly(request.decisions, `faults/slot-${index}/time`, 1_000);
    const at = plainMs * (FIRST_SLOT + step * (index + permille / 1_000));
    const kind = kinds[pickUniformly(request.decisions, `faults/slot-${index}/kind`, kinds.length)] as FaultKind;
    return { fault: kind, atUs: Math.ceil(at * 1_000), anyKindAtUs: Math.ceil((at + PATIENCE * plainMs) * 1_000) };
  });
}
