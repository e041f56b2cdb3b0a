// A Millrace cluster in a simulated world: JobManagers, TaskManagers, clients with the jobs that they submit, and the services that all need.
import { must } from '../../core/base/assert.ts';
import { deepFreeze } from '../../core/base/state.ts';
import type { Machine } from '../../core/base/machine.ts';
import type { ClientState } from '../../core/client/client.ts';
import type { Value } from '../../core/base/value.ts';
import type { JobDefinition } from '../../core/graph/define-job.ts';
import type { JobProgram } from '../../core/graph/functions.ts';
import { asksHost } from '../../core/graph/kinds.ts';
import { jobManager } from '../../core/jobmanager/job-manager.ts';
import { decodeMessage, encodeMessage, messageAsBuilt } from '../../core/protocol/codec.ts';
import type { ClusterOptions } from '../../core/protocol/cluster-options.ts';
import type { Message } from '../../core/protocol/messages.ts';
import type { ClusterVocabulary } from '../../core/protocol/ports.ts';
import { createAtWork } from '../../core/base/at-work.ts';
import { taskManager } from '../../core/taskmanager/task-manager.ts';
import { guardGlobals } from '../../realm/globals.ts';
import type { Called } from '../../scenario/code/function-calls.ts';
import { guardedProgram } from '../../scenario/code/guarded-program.ts';
import { createUserCode, type UserCode } from '../../scenario/code/user-code.ts';
import { drawInput } from '../../scenario/input.ts';
import {
  clientOf,
  requestsOfCluster,
  requestsOf,
  startOf,
  startsOf,
  type ClientStart,
  type Lateness,
  type Requests,
} from '../../scenario/clients/client-starts.ts';
import { artifactOf, clusterClientsOf, jobsOf, taskManagersNeeded, type JobOfRun } from '../../scenario/jobs.ts';
import type { FaultKind } from '../../scenario/fault-kinds.ts';
import { forgetfulClients } from '../../scenario/forgetful-clients.ts';
import type { LastCall } from '../../scenario/last-call.ts';
import { whyNothingIsSpared } from '../../scenario/idle-faults.ts';
import { ScenarioMistake } from '../../scenario/scenario-mistake.ts';
import type { Moment, Scenario, Stopping, Topic, VaryingCode } from '../../scenario/scenario.ts';
import type { SimOptions } from '../../scenario/sim-options.ts';
import { sinksOf } from '../../scenario/sinks.ts';
import { smallerScenario, splitsReadBy } from '../../scenario/smaller.ts';
import { varyingTopics } from '../../scenario/varying-code.ts';
import { pickUniformly } from '../decisions.ts';
import { forcedAmong, forcePlan } from '../faults/forced.ts';
import type { Oracle } from '../observation.ts';
import { EPOCH_MS } from '../settings.ts';
import { createWorld } from '../world.ts';
import type { FaultPlan, HostedMachine, Latency, MessageCodec, NodeSpec, World, WorldOptions } from '../world-types.ts';
import { drawOptions, drawPauses, drawSlots, drawWeights, type DrawnOptions, type FaultWeights } from './draws.ts';
import { createJobCalls, type JobCalls } from './function-calls.ts';
import { lateClient } from './late-client.ts';
import { estimateRun, type RunEstimate } from './faults/estimate.ts';
import { planExactFaults, type ClusterAddresses } from './faults/exact-faults.ts';
import { kindsInForce, planFaults } from './faults/plan-faults.ts';
import { namesOfPoint } from './faults/points.ts';
import { restsOf } from './faults/rests.ts';
import type { FaultSetting } from './faults/rule.ts';
import type { JobRunRequest } from './run-types.ts';
import { leavingProcess, type Leave } from './leaving-process.ts';
import { mortalTaskManager } from './mortal-task-manager.ts';
import { artifactService } from './services/artifact.ts';
import { functionService } from './services/functions.ts';
import { haService } from './services/ha.ts';
import { sinkService } from './services/sink.ts';
import { sourceService } from './services/source.ts';
import { faultyStorageService } from './services/faulty-storage.ts';
import { storageService } from './services/storage.ts';
import { throwingCall, throwingProgram, throwPlaces } from './throwing-program.ts';
import { varyingProgram } from './varying-program.ts';
import { workFolderService } from './services/work-folder.ts';

/** What a run is made of, before its world exists. */
export interface ClusterSetup extends DrawnOptions {
  readonly request: JobRunRequest;
  readonly topics: Readonly<Record<string, Topic>>;
  readonly jobs: readonly JobSetup[];
  /** Clients that want something of the cluster, and not of a job. */
  readonly others: readonly ClientStart[];
  readonly estimate: RunEstimate;
  /** Of the kinds of faults in force. */
  readonly weights: FaultWeights;
  /** Behind each burst of faults nothing strikes for a while. */
  readonly hasPauses: boolean;
}

/** A job of the run. */
export interface JobSetup extends JobOfRun {
  /** Its code; if anything is checked, under guard. */
  readonly program: JobProgram;
  /** What the guard knows of it. */
  readonly code: UserCode;
  readonly artifact: string;
  /** Of its functions of `mapAsync`; null: it has none. */
  readonly calls: JobCalls | null;
  /** All its clients, with what they want and when they begin. */
  readonly starts: readonly ClientStart[];
}

/** Draws what is to be drawn. To be called once per run: it moves the decisions on. */
export function setUpCluster(request: JobRunRequest): ClusterSetup {
  const { lastCall = { what: '' } } = request;
  const drawn = drawOptions(request);
  const scenario = smallerScenario(request.scenario, drawn.sim.parallelismMax);
  lastCall.what = 'input of the scenario';
  const weights = drawWeights(request);
  refuseDamage(weights, drawn.options);
  const topics = splitsReadBy(
    scenario,
    drawInput(request, (stream, n) => pickUniformly(request.decisions, stream, n)),
  );
  const callSeed = hasCalls(scenario) ? pickUniformly(request.decisions, 'options/functions', CALL_SEEDS) : 0;
  const isBare = request.checks === 'bare';
  if (!isBare) deepFreeze(topics);
  if (!isBare) guardGlobals();
  return {
    request: { ...request, scenario },
    ...drawn,
    topics,
    jobs: setUpJobs({ ...request, scenario }, lastCall, callSeed),
    others: clusterClientsOf(scenario).map(startOf),
    estimate: estimateRun(scenario, topics, drawn.options),
    weights,
    hasPauses: drawPauses(request),
  };
}

/** Options may be drawn and set: what was right in the scenario may be wrong in a run. */
function refuseDamage(weights: FaultWeights, { retainedCheckpoints }: ClusterOptions): void {
  const reason = isInForce(weights, ['storage-damage']) ? whyNothingIsSpared(retainedCheckpoints) : null;
  if (reason !== null) throw new ScenarioMistake(`storage-damage is in force, and ${reason}`);
}

/** How many kinds of chance functions of `mapAsync` can have. */
const CALL_SEEDS = 1_000_000;

function hasCalls(scenario: Scenario): boolean {
  return jobsOf(scenario).some(({ job }) => asksHost(job.graph));
}

interface OwnCalls {
  readonly number: number;
  readonly code: UserCode;
  readonly seed: number;
}

function callsOf({ functions, checks }: JobRunRequest, { graph }: JobDefinition, own: OwnCalls): JobCalls | null {
  if (!asksHost(graph)) return null;
  if (functions === undefined)
    throw new ScenarioMistake(
      `job "${graph.name}" has a mapAsync: a simulated world has to know the file of its functions (in a test: "file" beside "faults" and "set")`,
    );
  const { number: job, code, seed } = own;
  return createJobCalls({ functions, job, code: checks === 'bare' ? null : code, seed });
}

function setUpJobs(request: JobRunRequest, lastCall: LastCall, callSeed: number): readonly JobSetup[] {
  const { scenario, artifact, checks } = request;
  const jobs = jobsOf(scenario);
  return jobs.map((one, number) => {
    const code = createUserCode(lastCall);
    const program = checks === 'bare' ? one.job.program : guardedProgram(one.job.program, code);
    return {
      ...one,
      program,
      code,
      artifact: artifactOf(artifact, jobs.length, one.jobId),
      calls: callsOf(request, one.job, { number, code, seed: callSeed }),
      starts: startsOf(one),
    };
  });
}

/** The world of a run at time 0. */
export function createClusterWorld(setup: ClusterSetup, oracles: readonly Oracle<never>[] = []): World {
  const { request, sim } = setup;
  const { checks, onEvent } = request;
  const faults = faultPlan(setup);
  return createWorld({
    decisions: request.decisions,
    nodes: nodesOf(setup),
    services: servicesOf(setup),
    network: { control: networkLatency(sim), data: networkLatency(sim) },
    serviceLatency: latenciesOf(sim),
    costs: { stepCostUs: sim.stepCostUs, recordCostUs: sim.recordCostUs },
    checks,
    oracles,
    codec,
    ...(faults === null ? {} : { faults }),
    ...(onEvent === undefined ? {} : { onEvent, hashEveryStep: true }),
    ...traceOf(request),
    ...timesOf(setup.options),
  });
}

// ---- Nodes

const CLOCK_STEP_MS = 7_777_777; // no two clocks agree: who compares times of two nodes is found out

function nodesOf(setup: ClusterSetup): readonly NodeSpec[] {
  const { jobManagers, taskManagers } = addressesOf(setup);
  const machines: [string, HostedMachine][] = [
    ...jobManagers.map((address): [string, HostedMachine] => [address, jobManagerAt(address, setup)]),
    ...taskManagers.map((address): [string, HostedMachine] => [address, taskManagerAt(address, setup)]),
    ...setup.jobs.flatMap((job) =>
      job.starts.map((start): [string, HostedMachine] => [
        start.address,
        clientAt(start, requestsOf(start, job), setup),
      ]),
    ),
    ...setup.others.map((start): [string, HostedMachine] => [
      start.address,
      clientAt(start, requestsOfCluster(start, setup.jobs), setup),
    ]),
  ];
  const starts = [...setup.jobs.flatMap((job) => job.starts), ...setup.others];
  const startsAt = new Map(starts.map(({ address, atMs }) => [address, atMs]));
  return machines.map(([address, machine], index) => ({
    address,
    machine,
    clockOffsetMs: index * CLOCK_STEP_MS,
    costFactor: costFactorOf(address, machine, setup),
    startAtUs: 1_000 * (startsAt.get(address) ?? 0),
    restartAfterHaltUs: setup.sim.restartNodeMs * 1_000,
  }));
}

/** JobManagers and clients do no work that could slow a job down. */
function costFactorOf(address: string, { role }: HostedMachine, { request, sim }: ClusterSetup): number {
  if (role !== 'task-manager') return 1;
  return 1 + pickUniformly(request.decisions, `options/cost/${address}`, sim.slowestFactor);
}

function addressesOf({ request, jobs, others }: ClusterSetup): ClusterAddresses {
  const { cluster } = request.scenario;
  return {
    jobManagers: numbered('jm', cluster.jobManagers),
    taskManagers: numbered('tm', cluster.taskManagers),
    clients: [...jobs.flatMap(({ starts }) => starts), ...others].map(({ address }) => address),
  };
}

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);
}

function jobManagerAt(address: string, { request, options }: ClusterSetup): HostedMachine {
  return leaving(jobManager({ address, options }), address, request);
}

function taskManagerAt(address: string, { request, options, sim, jobs, weights }: ClusterSetup): HostedMachine {
  const { slotsPerTaskManager: slots } = request.scenario.cluster;
  const artifacts = new Map<string, JobProgram>(
    jobs.map(({ artifact, program }) => [artifact, struckProgram(program, request.scenario, weights)]),
  );
  const atWork = createAtWork();
  const machine = taskManager({ address, slots, options, artifacts, atWork });
  const hosted = endsProcesses(jobs) ? mortalTaskManager(machine, atWork, loopRecords(options, sim)) : machine;
  return leaving(hosted, address, request);
}

/** If the scenario ends its process. */
function leaving(machine: HostedMachine, address: string, { scenario }: JobRunRequest): HostedMachine {
  const stop = (scenario.stops ?? []).find((one) => address === stoppedAddress(one));
  return stop === undefined ? machine : leavingProcess(machine, leaveAt(stop.atMs));
}

function stoppedAddress(stop: Stopping): string {
  return 'jobManager' in stop ? `jm-${stop.jobManager}` : `tm-${stop.taskManager}`;
}

function leaveAt(moment: Moment): Leave {
  if (typeof moment === 'number') return { atMs: moment, spreadMs: 0 };
  return { atMs: moment.from, spreadMs: moment.to - moment.from };
}

/** Code as faults have it. */
function struckProgram(program: JobProgram, { varies }: Scenario, weights: FaultWeights): JobProgram {
  const throwing = isInForce(weights, ['user-throw']) ? throwingProgram(program) : program;
  return varies !== undefined && isInForce(weights, ['user-chance']) ? varyingProgram(throwing, varies) : throwing;
}

/** What of a job's code varies in this run, and nobody can compare; undefined: nothing. */
export function varyingIn({ request, weights }: ClusterSetup, { job }: JobSetup): VaryingCode | undefined {
  const { varies } = request.scenario;
  const hasIt = job.graph.operators.some(({ id }) => id === varies?.operator);
  return hasIt && isInForce(weights, ['user-chance']) ? varies : undefined;
}

function endsProcesses(jobs: readonly JobSetup[]): boolean {
  return jobs.some(({ endsProcess }) => endsProcess);
}

/** What takes as long as a call of a job may. */
function loopRecords({ userCodeTimeoutMs }: ClusterOptions, { recordCostUs }: SimOptions): number {
  return recordCostUs === 0 ? 0 : Math.ceil((1_000 * userCodeTimeoutMs) / recordCostUs);
}

function clientAt({ address, late }: ClientStart, requests: Requests, { options }: ClusterSetup): HostedMachine {
  return inTime(clientOf(address, options, requests), late);
}

function inTime<S extends ClientState>(machine: Machine<S, ClusterVocabulary>, late: Lateness): HostedMachine {
  return late.steps === 0 ? machine : lateClient(machine, late);
}

// ---- Services and times

function servicesOf({ request, topics, jobs, weights }: ClusterSetup): NonNullable<WorldOptions['services']> {
  return [
    haService(),
    isInForce(weights, storageFaults) ? faultyStorageService() : storageService(),
    sourceService(topics),
    sinkService(sinksOf(request.scenario)),
    artifactService(jobs.map(({ artifact }) => artifact)),
    ...(jobs.some(({ calls }) => calls !== null) ? [functionsOf(jobs, weights, request)] : []),
    ...(endsProcesses(jobs) ? [workFolderService()] : []),
  ];
}

/** Functions are called at once, and in the process of their TaskManager. Where all runs are tried, one answer is that of all moments: calls begin at one. */
function functionsOf(
  jobs: readonly JobSetup[],
  weights: FaultWeights,
  { exactFaults }: JobRunRequest,
): ReturnType<typeof functionService> {
  const throws = isInForce(weights, ['user-throw']);
  return functionService(({ artifact, operator, value, timestamp, parameters }, now) => {
    const calls = must(
      jobs.find((one) => one.artifact === artifact)?.calls ?? undefined,
      'calls of a job with mapAsync',
    );
    const atMs = exactFaults === undefined ? EPOCH_MS + Math.floor(now / 1_000) : EPOCH_MS;
    const callWith = (given: Value): Called =>
      calls.call('run', operator, { value: given, timestamp, parameters }, atMs);
    return throws ? throwingCall(value, callWith) : callWith(value);
  });
}

/** Faults of which a service has a part in its state: it is another service where they may strike. */
const storageFaults: readonly FaultKind[] = ['storage-torn', 'storage-corrupt', 'storage-damage', 'storage-stale'];

function isInForce(weights: FaultWeights, kinds: readonly FaultKind[]): boolean {
  return kinds.some((kind) => (weights[kind] ?? 0) > 0);
}

function networkLatency({ networkLatencyUs, networkJitterUs }: SimOptions): Latency {
  return { latencyUs: networkLatencyUs, jitterUs: networkJitterUs };
}

/** Sources, sinks and artifacts are as far away as storage. A latency is for one way, and the options say how long both take. */
function latenciesOf(sim: SimOptions): Readonly<Record<string, Latency>> {
  return {
    ha: halfOf(sim.haLatencyUs, sim.haJitterUs),
    functions: { latencyUs: 0, jitterUs: 0 },
    '*': halfOf(sim.storageLatencyUs, sim.storageJitterUs),
  };
}

function halfOf(latencyUs: number, jitterUs: number): Latency {
  return { latencyUs: Math.ceil(latencyUs / 2), jitterUs: Math.ceil(jitterUs / 2) };
}

/** What takes "long" in the world follows from what the cluster waits for. */
function timesOf(options: ClusterOptions): Pick<WorldOptions, 'lateApplyUs' | 'requestTimeoutUs'> {
  return { lateApplyUs: 2_000 * options.heartbeatTimeoutMs, requestTimeoutUs: 1_000 * options.leaseMs };
}

// ---- Faults, trace, codec

function faultPlan(setup: ClusterSetup): FaultPlan | null {
  const plan = setup.request.exactFaults === undefined ? drawnFaults(setup) : exactFaults(setup);
  return plan.rules.length === 0 ? null : plan;
}

function drawnFaults(setup: ClusterSetup): FaultPlan {
  const { request, options, estimate, weights, hasPauses } = setup;
  const slots = drawSlots(request, weights, estimate);
  const rests = hasPauses ? restsOf(options) : null;
  const plan = planFaults({ weights, aims: request.scenario.aim ?? {}, setting: settingOf(setup), slots, rests });
  const forced = request.faults === 'scenario' ? [] : forcedAmong(request.faults);
  return forced.length === 0 ? plan : forcePlan(plan, forced, namesOfPoint, refuseFaults);
}

function refuseFaults(reason: string): never {
  throw new ScenarioMistake(`faults: ${reason}`);
}

function exactFaults(setup: ClusterSetup): FaultPlan {
  const { request, weights } = setup;
  const planned = {
    inForce: kindsInForce(weights),
    aims: request.scenario.aim ?? {},
    setting: settingOf(setup),
    addresses: addressesOf(setup),
    services: servicesOf(setup)
      .filter(({ isLocal }) => isLocal !== true)
      .map(({ name }) => name),
  };
  return planExactFaults(planned, must(request.exactFaults, 'exact faults'));
}

function settingOf({ request, options, sim, estimate, topics, jobs }: ClusterSetup): Omit<FaultSetting, 'aim'> {
  const { scenario } = request;
  return {
    options,
    sim,
    estimate,
    taskManagersNeeded: taskManagersNeeded(scenario),
    splitLengths: new Map(
      Object.entries(topics).map(([topic, { splits }]) => [topic, splits.map(({ length }) => length)]),
    ),
    throwPlaces: throwPlaces(jobs.map(({ job }) => job.graph)),
    varyingTopics: varyingTopics(
      jobs.map(({ job }) => job.graph),
      scenario.varies,
    ),
    forgetfulClients: forgetfulClients(scenario),
  };
}

function traceOf({ onTrace }: JobRunRequest): Pick<WorldOptions, 'trace'> {
  return onTrace === undefined ? {} : { trace: { onLine: onTrace } };
}

const codec: MessageCodec = {
  encode: (envelope) => encodeMessage(envelope as unknown as Message),
  decode(bytes) {
    const message = decodeMessage(bytes);
    if (!message.ok) throw new Error(message.reason);
    return messageAsBuilt(message.value); // as it was sent, so that a run goes the same way without bytes
  },
};
