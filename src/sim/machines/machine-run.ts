// A run of machines at time 0: its world, all that looks on, and what the runner asks of it.
import { withDefaults } from '../../core/base/options.ts';
import { guardGlobals } from '../../realm/globals.ts';
import { ScenarioMistake } from '../../scenario/scenario-mistake.ts';
import { pickUniformly } from '../decisions.ts';
import { drawOption } from '../draw-option.ts';
import { planGenericFaults } from '../faults/plan.ts';
import type { Counts, GuestRun, RunRequest, RunResult } from '../guest.ts';
import type { WorldView } from '../observation.ts';
import type { FaultPlan, NodeSpec, WorldOptions } from '../world-types.ts';
import { createWorld } from '../world.ts';
import { callerOf, forRun, guardedOracle, guardedService, type Call } from './guarded-code.ts';
import { guardedMachine, type Contract } from './guarded-machine.ts';
import { machineStory } from './machine-story.ts';
import { nodeMistakes, serviceMistakes } from './mistakes.ts';
import type { AnyOracle, AnyService, MachinesScenario, MachineSetting } from './scenario.ts';
import { isListOf, isNode, isOracle, isService, NODES_MUST, ORACLES_MUST, SERVICES_MUST } from './shape.ts';
import { countsOf, tallyingOracle, type Tallies } from './tallies.ts';
import { optionTableOf } from './option-table.ts';

export interface MachinesRunResult extends RunResult {
  readonly counts: Counts;
}

/** What a run is made of, before its world exists. */
interface Cast {
  readonly nodes: readonly NodeSpec[];
  readonly services: readonly AnyService[];
  readonly oracles: readonly AnyOracle[];
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
  const drawn = drawOptions(scenario, request);
  const options = withDefaults(optionTableOf(scenario), drawn);
  const pick = (question: string, n: number): number => pickUniformly(request.decisions, `workload/${question}`, n);
  const cast = castOf(scenario, { options, pick }, call);
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
    ...faultsOf(scenario, cast, options, request),
  });
  const counts = (): Tallies | null => tallies;
  return {
    world,
    judges: judges.map(({ name }) => name),
    drawn,
    ...stagesOf(scenario, options, world.view, call),
    progress: () => [counts()?.delivered ?? 0, 'message'],
    faults: () => counts() ?? { faults: {}, faultPhases: {}, faultLog: [] },
    resultOf: (judged) => ({ ...judged, counts: counts() === null ? {} : countsOf(counts() as Tallies) }),
  };
}

type Options = Readonly<Record<string, number>>;

/** What is set is not drawn; what is drawn counts more than what the scenario says. */
function drawOptions(scenario: MachinesScenario, { decisions, set }: RunRequest): Options {
  const table = optionTableOf(scenario);
  const drawn: Record<string, number> = {};
  for (const [name, range] of Object.entries(scenario.draw ?? {}))
    drawn[name] = set[name] ?? drawOption(decisions, name, range, table[name]?.default ?? range[0]);
  return { ...drawn, ...set };
}

// ---- Who plays

function castOf(scenario: MachinesScenario, setting: MachineSetting, call: Call): Cast {
  const { nodes, services = [], oracles = [] } = scenario;
  const cast: Cast = {
    nodes: forRun('nodes', nodes, setting, call),
    services: forRun('services', services, setting, call),
    oracles: forRun('oracles', oracles, setting, call),
  };
  const mistake = castMistake(cast);
  if (mistake !== null) throw new ScenarioMistake(`scenario "${scenario.name}": ${mistake}`);
  return cast;
}

/** What a run has made of them need not be what it should be. */
function castMistake({ nodes, services, oracles }: Cast): string | null {
  if (!isListOf(nodes, isNode)) return `"nodes" must be ${NODES_MUST}`;
  if (!isListOf(services, isService)) return `"services" must be ${SERVICES_MUST}`;
  if (!isListOf(oracles, isOracle)) return `"oracles" must be ${ORACLES_MUST}`;
  return [...nodeMistakes(nodes), ...serviceMistakes(services)][0] ?? null;
}

function contractOf(
  { messages }: MachinesScenario,
  file: string,
  { nodes, services }: Cast,
  lastCall: { what: string },
): Contract {
  return {
    file: file === '' ? '' : `${file}: `,
    messages: new Set(messages),
    addresses: new Set(nodes.map(({ address }) => address)),
    requests: new Set(services.flatMap(({ serves }) => serves as readonly string[])),
    lastCall,
  };
}

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
  { faults }: RunRequest,
): { readonly faults?: FaultPlan<never> } {
  const { faults: ownWeights = {}, aim = {}, transport = 'stream' } = scenario;
  const own: Counts = ownWeights;
  const weights: Counts =
    faults === 'scenario' ? own : Object.fromEntries(faults.map((kind) => [kind, own[kind] ?? 1]));
  if (Object.values(weights).every((weight) => weight === 0)) return {};
  const plan = planGenericFaults({
    weights,
    aims: aim,
    nodes: nodes.map(({ address }) => address),
    services: services.filter(({ isLocal }) => isLocal !== true).map(({ name }) => name),
    transport,
    runUs: runMs * 1_000,
  });
  return { faults: plan as unknown as FaultPlan<never> };
}

// ---- The stages of a run

type Stages = Pick<GuestRun, 'faultsUs' | 'isFinished' | 'recovery' | 'settling' | 'sentenceOf'>;

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
