// The faults of a cluster without odds, for whoever tries all runs: generic rules under the names of the cluster's kinds, and the two kinds that
// only a cluster has. No groups of points, no estimate, and nothing that a leader with a job has to be there for.
import type { FaultKind } from '../../../scenario/fault-kinds.ts';
import { ScenarioMistake } from '../../../scenario/scenario-mistake.ts';
import type { FaultAim } from '../../../scenario/scenario.ts';
import type { ExactFaults } from '../../guest.ts';
import { exactPlan, exactRule, type ExactRule } from '../../faults/exact-plan.ts';
import { partition, partitionOneWay } from '../../faults/link-faults.ts';
import { connectionBreak, messageDelay } from '../../faults/message-faults.ts';
import { crash, crashForGood, pause } from '../../faults/node-faults.ts';
import { requestFail, requestUnknown } from '../../faults/request-faults.ts';
import type { GenericAim, RuleOf } from '../../faults/rule.ts';
import type { FaultPlan } from '../../world-types.ts';
import { barrierLoss } from './barrier-loss.ts';
import { isolationOfLeader } from './isolated-leader.ts';
import { driftAnywhere, forwardJumpAnywhere, wallJumpAnywhere } from './clocks.ts';
import { JOB_MANAGERS_NEEDED } from './jm-loss.ts';
import { leaseLossOfLeader } from './lease-loss.ts';
import { delaysMs } from './message-delay.ts';
import { cutTimesMs } from './partition.ts';
import { pauseTimesMs } from './pause.ts';
import { createFaultState, filterOf } from './plan-faults.ts';
import type { FaultSetting, FaultState } from './rule.ts';
import { longestDownMs } from './tm-crash.ts';

/** Who is there to be struck, by role. */
export interface ClusterAddresses {
  readonly jobManagers: readonly string[];
  readonly taskManagers: readonly string[];
  readonly clients: readonly string[];
}

export interface ExactFaultOptions {
  readonly inForce: readonly FaultKind[];
  readonly aims: Readonly<Partial<Record<FaultKind, FaultAim>>>;
  readonly setting: Omit<FaultSetting, 'aim'>;
  readonly addresses: ClusterAddresses;
  readonly services: readonly string[];
}

/** A plan in which the kinds in force are asked wherever they may strike. */
export function planExactFaults(options: ExactFaultOptions, { faultsMax }: ExactFaults): FaultPlan<FaultState> {
  const { inForce, aims, setting, ...cluster } = options;
  const rules = inForce.flatMap((kind) => rulesByKind[kind]({ ...setting, aim: aims[kind] ?? {}, ...cluster }, kind));
  return { ...exactPlan(createFaultState, rules, faultsMax), ...filterOf(inForce) };
}

type ExactSetting = FaultSetting & Pick<ExactFaultOptions, 'addresses' | 'services'>;

type ExactRulesOf = (setting: ExactSetting, kind: FaultKind) => readonly ExactRule<FaultState>[];

const rulesByKind: Readonly<Record<FaultKind, ExactRulesOf>> = {
  'tm-crash': generic([crash, crashForGood], (setting) => ({
    nodes: setting.addresses.taskManagers,
    longestMs: longestDownMs(setting),
    disk: 'kept',
    mustLive: setting.taskManagersNeeded,
  })),
  'jm-crash': generic([crash, crashForGood], (setting) => ({
    nodes: setting.addresses.jobManagers,
    longestMs: longestDownMs(setting),
    disk: 'kept',
    mustLive: JOB_MANAGERS_NEEDED,
  })),
  'lease-loss': (setting, kind) => [{ ...leaseLossOfLeader(setting), fault: kind }],
  'barrier-loss': (setting, kind) => barrierLoss(setting).map((rule) => ({ ...rule, fault: kind })),
  'message-delay': generic([messageDelay], (setting) => ({ longestMs: Math.max(...delaysMs(setting)) })),
  'connection-break': generic([connectionBreak], () => ({})),
  partition: generic([partition, partitionOneWay], (setting) => ({ longestMs: Math.max(...cutTimesMs(setting)) })),
  pause: generic([pause], (setting) => ({ ...rolesOf(setting), longestMs: Math.max(...pauseTimesMs(setting)) })),
  'store-fail': generic([requestFail], () => ({})),
  'store-unknown': generic([requestUnknown], () => ({})),
  'tm-loss': generic([crashForGood], (setting) => ({
    nodes: setting.addresses.taskManagers,
    mustLive: setting.taskManagersNeeded,
    disk: 'kept',
  })),
  'jm-loss': generic([crashForGood], (setting) => ({
    nodes: setting.addresses.jobManagers,
    mustLive: JOB_MANAGERS_NEEDED,
    disk: 'kept',
  })),
  'isolated-leader': (setting, kind) => [{ ...isolationOfLeader(setting), fault: kind }],
  'storage-full': drawnOnly,
  'storage-slow': drawnOnly,
  'storage-torn': drawnOnly,
  'storage-corrupt': drawnOnly,
  'storage-damage': drawnOnly,
  'storage-stale': drawnOnly,
  'client-crash': generic([crash], (setting) => ({
    nodes: setting.forgetfulClients,
    longestMs: longestDownMs(setting),
    disk: 'kept',
  })),
  'wall-clock': (_, kind) => [{ ...wallJumpAnywhere(), fault: kind }],
  'clock-drift': (_, kind) => [{ ...driftAnywhere(), fault: kind }],
  'clock-jump': (setting, kind) => [{ ...forwardJumpAnywhere(setting), fault: kind }],
  'sink-fail': drawnOnly,
  'sink-stall': drawnOnly,
  'sink-fence': drawnOnly,
  'source-fail': drawnOnly,
  'source-stall': drawnOnly,
  'ha-cut': drawnOnly,
  'ha-outage': drawnOnly,
  'rack-loss': drawnOnly,
  'slow-node': drawnOnly,
  'gray-node': drawnOnly,
  'rare-moment': drawnOnly,
  'user-throw': drawnOnly,
  'user-chance': drawnOnly,
  'power-loss': drawnOnly,
};

/** Whether all runs can be tried with a kind. */
export function hasExactForm(kind: FaultKind): boolean {
  return rulesByKind[kind] !== drawnOnly;
}

/** How long it lasts, and whom it befalls, is drawn: it has no form without odds. */
function drawnOnly(_: ExactSetting, kind: FaultKind): never {
  throw new ScenarioMistake(`${kind} has odds alone: not all runs can be tried with it, name other faults`);
}

/** Generic rules under the name of a kind of the cluster. What the scenario says of the longest time counts more than what the kind has. */
function generic(rules: readonly RuleOf[], aimOf: (setting: ExactSetting) => GenericAim): ExactRulesOf {
  return (setting, kind) => {
    const { longestMs } = setting.aim;
    const aim = { ...aimOf(setting), ...(longestMs === undefined ? {} : { longestMs }) };
    return rules.map((rule) => exactRule(kind, rule(genericSetting(setting, aim)), aim));
  };
}

function genericSetting({ addresses, services, estimate }: ExactSetting, aim: GenericAim): Parameters<RuleOf>[0] {
  const { jobManagers, taskManagers, clients } = addresses;
  return {
    aim,
    nodes: [...jobManagers, ...taskManagers, ...clients],
    services,
    transport: 'stream',
    runUs: estimate.plainMs * 1_000,
    isExact: true,
  };
}

/** Everybody, unless the scenario names roles. */
function rolesOf({ aim: { roles }, addresses }: ExactSetting): Pick<GenericAim, 'nodes'> {
  if (roles === undefined) return {};
  const byRole = { 'job-manager': addresses.jobManagers, 'task-manager': addresses.taskManagers };
  return { nodes: roles.flatMap((role) => byRole[role]) };
}
