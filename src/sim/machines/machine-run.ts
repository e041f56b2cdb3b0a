// A run of machines at time 0: its world, all that looks on, and what the runner asks of it.
import { guardGlobals } from '../../realm/globals.ts';
import { forcedAmong, forcePlan, kindOfFault } from '../faults/forced.ts';
import { planExactFaults, planGenericFaults, type GenericFaultOptions } from '../faults/plan.ts';
import type { Counts, GuestRun, RunRequest, RunResult } from '../guest.ts';
import type { WorldView } from '../observation.ts';
import type { FaultPlan, FaultPoint, NodeSpec, WorldOptions } from '../world-types.ts';
import { createWorld } from '../world.ts';
import { castFor, contractOf, type Cast } from './cast.ts';
import { ScenarioMistake } from '../../scenario/scenario-mistake.ts';
import { callerOf, guardedOracle, guardedService, type Call } from './guarded-code.ts';
import { guardedMachine, type Contract } from './guarded-machine.ts';
import { machineStory } from './machine-story.ts';
import type { MachinesScenario } from './scenario.ts';
import { symmetricGroups } from './symmetric-groups.ts';
import { countsOf, tallyingOracle, type Tallies } from './tallies.ts';

export interface MachinesRunResult extends RunResult {
  readonly counts: Counts;
}

/** @param file in front of sentences about broken contracts; empty where it has none */
export function beginMachines(
  scenario: MachinesScenario,
  file: string,
  request: RunRequest,
): GuestRun<MachinesRunResult> {
  const { lastCall = { what: '' }, checks } = request;
  if (checks !== 'bare') guardGlobals();
  const call = callerOf(scenario, lastCall);
  const { drawn, options, ...cast } = castFor(scenario, request, call);
  let tallies: Tallies | null = null;
  const onlookers = [
    ...(checks === 'bare' ? [] : [tallyingOracle((current) => (tallies = current))]),
    ...(request.onStory === undefined ? [] : [machineStory(request.onStory)]),
  ];
  const judges = checks === 'bare' ? [] : cast.oracles.map((oracle) => guardedOracle(oracle, call));
  const contract = contractOf(scenario, file, cast, lastCall);
  const world = createWorld({
    ...worldOptionsOf(scenario, options, request),
    nodes: nodesOf(cast, options, checks === 'bare' ? null : contract),
    services: cast.services.map((service) => guardedService(service, call)),
    oracles: [...judges, ...onlookers],
    twice: true,
    ...faultsOf(scenario, cast, options, request),
  });
  const counts = (): Tallies | null => tallies;
  return {
    world,
    judges: judges.map(({ name }) => name),
    symmetric: symmetricGroups(scenario, cast.nodes),
    drawn,
    ...stagesOf(scenario, options, world.view, call),
    progress: () => [counts()?.delivered ?? 0, 'message'],
    faults: () => counts() ?? { faults: {}, faultPhases: {}, faultLog: [] },
    resultOf: (judged) => ({ ...judged, counts: counts() === null ? {} : countsOf(counts() as Tallies) }),
  };
}

type Options = Readonly<Record<string, number>>;

// ---- Who plays

/** @param contract null: nobody watches */
function nodesOf({ nodes }: Cast, { restartNodeMs = 0 }: Options, contract: Contract | null): readonly NodeSpec[] {
  return nodes.map((node) => ({
    restartAfterHaltUs: restartNodeMs === 0 ? null : restartNodeMs * 1_000,
    ...node,
    machine: contract === null ? node.machine : guardedMachine(node.address, node.machine, contract),
  }));
}

// ---- The world

type Times = Pick<WorldOptions, 'decisions' | 'network' | 'serviceLatency' | 'costs' | 'checks'>;

function worldOptionsOf(
  { transport = 'stream' }: MachinesScenario,
  options: Options,
  request: RunRequest,
): Times & Pick<WorldOptions, 'freeze' | 'onEvent' | 'hashEveryStep' | 'trace'> {
  const { decisions, checks, onEvent, onTrace } = request;
  const of = (name: string): number => options[name] ?? 0;
  const network = { latencyUs: of('networkLatencyUs'), jitterUs: of('networkJitterUs') };
  return {
    decisions,
    checks,
    freeze: checks !== 'bare', // what left a machine never changes: who changes it is found where he does so
    network: { transport, control: network, data: network },
    serviceLatency: { '*': { latencyUs: of('serviceLatencyUs'), jitterUs: of('serviceJitterUs') } },
    costs: { stepCostUs: of('stepCostUs'), recordCostUs: of('recordCostUs') },
    ...(onEvent === undefined ? {} : { onEvent, hashEveryStep: true }),
    ...(onTrace === undefined ? {} : { trace: { onLine: onTrace } }),
  };
}

function faultsOf(
  scenario: MachinesScenario,
  { nodes, services }: Cast,
  { runMs = 0 }: Options,
  { faults, exactFaults }: RunRequest,
): { readonly faults?: FaultPlan<never> } {
  const { faults: ownWeights = {}, aim = {}, transport = 'stream' } = scenario;
  const own: Counts = ownWeights;
  const weights: Counts =
    faults === 'scenario'
      ? own
      : Object.fromEntries(faults.map((name) => [kindOfFault(name), own[kindOfFault(name)] ?? 1]));
  if (Object.values(weights).every((weight) => weight === 0)) return {};
  const planned = {
    weights,
    aims: aim,
    nodes: nodes.map(({ address }) => address),
    services: services.filter(({ isLocal }) => isLocal !== true).map(({ name }) => name),
    transport,
    runUs: runMs * 1_000,
  };
  const plan = exactFaults === undefined ? drawnFaults(planned, faults) : planExactFaults(planned, exactFaults);
  return { faults: plan as unknown as FaultPlan<never> };
}

function drawnFaults(planned: GenericFaultOptions, faults: RunRequest['faults']): FaultPlan<never> {
  const plan = planGenericFaults(planned);
  const forced = faults === 'scenario' ? [] : forcedAmong(faults);
  if (forced.length === 0) return plan as FaultPlan<never>;
  return forcePlan(plan, forced, namesOf, (reason) => {
    throw new ScenarioMistake(`faults: ${reason}`);
  }) as FaultPlan<never>;
}

const namesOf = ({ kind, node }: FaultPoint): readonly string[] => [kind, `${kind}/${node}`];

// ---- The stages of a run

type Stages = Pick<
  GuestRun,
  'faultsUs' | 'moments' | 'lastMoment' | 'isFinished' | 'recovery' | 'settling' | 'sentenceOf'
>;

function stagesOf(
  { isOver }: MachinesScenario,
  { runMs = 0, settleMs = 0 }: Options,
  view: WorldView,
  call: Call,
): Stages {
  let hasSettled = false;
  const isFinished = (): boolean => (isOver === undefined ? hasSettled : askIsOver(isOver, view, call));
  return {
    faultsUs: runMs * 1_000,
    moments: {
      begin: () => true,
      started: (seen) => seen.nodes().every(({ incarnation }) => incarnation > 0),
      ...(isOver === undefined ? {} : { over: (seen: WorldView) => askIsOver(isOver, seen, call) }),
    },
    lastMoment: isOver === undefined ? null : 'over',
    isFinished,
    recovery: () => ({ withinUs: settleMs * 1_000, isEnough: isFinished }),
    settling() {
      hasSettled = true;
      return { withinUs: 0, isEnough: () => true };
    },
    sentenceOf: (outcome) =>
      outcome === 'pass' ? passed(isOver !== undefined, runMs + settleMs) : unfinished(settleMs),
  };
}

function askIsOver(isOver: NonNullable<MachinesScenario['isOver']>, view: WorldView, call: Call): boolean {
  return call('isOver', () => {
    const answer: unknown = isOver(view);
    if (typeof answer !== 'boolean' && !(answer instanceof Promise))
      throw new TypeError(`it returns ${String(answer)}, and not true or false`);
    return answer as boolean;
  });
}

function passed(hasEnd: boolean, ms: number): string {
  return hasEnd ? 'the machines are done, and no oracle objects' : `no oracle objects in ${ms} ms`;
}

function unfinished(settleMs: number): string {
  return `the machines are not done within ${settleMs} ms after faults stopped: isOver says so`;
}
