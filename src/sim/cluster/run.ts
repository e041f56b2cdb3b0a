// A run of a job at time 0: its world, all that looks on, and what the runner asks of it.
import { must } from '../../core/base/assert.ts';
import type { Address } from '../../core/base/vocabulary.ts';
import { clientsOf } from '../../scenario/jobs.ts';
import type { GuestRun, Stage } from '../guest.ts';
import type { Oracle, WorldView } from '../observation.ts';
import { clusterOracles } from '../oracles/cluster-oracles.ts';
import type { OracleContext } from '../oracles/context.ts';
import { EPOCH_MS, LATE_NOTICE_US } from '../settings.ts';
import { leakOracle, settleMs } from '../oracles/leak.ts';
import { companyOf, isAnswered, isDone, splitsLeft } from '../oracles/live.ts';
import { livenessBound, NO_TRAFFIC, trafficOf } from '../oracles/liveness-bound.ts';
import { filesOfSavepoints } from '../oracles/savepoint-files.ts';
import { createPointers } from '../oracles/pointers.ts';
import { runGuest } from '../run-guest.ts';
import type { World } from '../world-types.ts';
import { createClusterWorld, setUpCluster, varyingIn, type ClusterSetup, type JobSetup } from './cluster.ts';
import { momentsOf } from './moments.ts';
import { createFacts, type ObserverFacts } from './observer/facts.ts';
import { runObserver } from './observer/observer.ts';
import { storyTeller } from './observer/story.ts';
import { resultOf, type Watched } from './result.ts';
import type { JobRunRequest, JobRunResult } from './run-types.ts';
import type { StorageState } from './services/storage.ts';

export interface JobRun extends GuestRun<JobRunResult> {
  readonly setup: ClusterSetup;
}

/** One run of a job, from its decisions to its verdict. */
export function runScenario(request: JobRunRequest): JobRunResult {
  return runGuest({ begin: (given) => beginRun({ ...request, ...given }) }, request);
}

export function beginRun(request: JobRunRequest): JobRun {
  const setup = setUpCluster(request);
  let facts = createFacts();
  const observer = runObserver(setup.options, (current) => (facts = current));
  const contexts = setup.jobs.map((job) => contextOf(setup, job));
  const judges = request.checks === 'bare' ? [] : clusterOracles(contexts, request.exactFaults === undefined);
  const listeners = request.onStory === undefined ? [] : [storyTeller(request.onStory, setup.jobs.length)];
  const oracles = [...(request.checks === 'bare' ? [] : [...judges, observer]), ...listeners];
  const world = createClusterWorld(setup, oracles as Oracle<never>[]);
  const names = judges.map((oracle) => oracle.name);
  return {
    setup,
    judges: names,
    ...stagesOf(setup, contexts, world),
    ...tellingOf({ setup, contexts, world }, () => facts),
  };
}

function contextOf(setup: ClusterSetup, job: JobSetup): OracleContext {
  const { request, topics, options, sim, jobs, others } = setup;
  const { jobId, clients, starts, program, code, reference, follows, ends } = job;
  const looksOn = others.some(({ wants }) => wants === 'look');
  const asksHistory = looksOn || starts.some(({ wants }) => wants === 'checkpoints' || wants === 'exceptions');
  const check = notedCheck(job, request);
  const varies = varyingIn(setup, job);
  const call = callOfReference(job);
  return {
    jobId,
    clients: starts.map(({ address }) => address),
    submitAtMs: Math.min(...clients.map(({ submitAtMs }) => submitAtMs)),
    graph: job.job.graph,
    program,
    code,
    topics,
    options,
    costs: sim,
    reference,
    follows: follows?.jobId ?? null,
    sharesSinks: follows !== null || jobs.some((other) => other.follows?.jobId === jobId),
    ends,
    asksHistory,
    looksOn,
    ...(check === undefined ? {} : { check }),
    ...(varies === undefined ? {} : { varies }),
    ...(call === undefined ? {} : { call }),
  };
}

/** The reference calls functions of `mapAsync` as if nothing had gone before. */
function callOfReference({ calls, job: { graph } }: JobSetup): OracleContext['call'] {
  if (calls === null) return undefined;
  const { parameters } = graph;
  return (operator, value, timestamp) => calls.call('reference', operator, { value, timestamp, parameters }, EPOCH_MS);
}

function notedCheck({ check }: JobSetup, { lastCall }: JobRunRequest): OracleContext['check'] {
  if (check === undefined || lastCall === undefined) return check;
  return (...given) => {
    lastCall.what = 'check of the scenario';
    return check(...given);
  };
}

// ---- The stages of a run

const SAFETY_FACTOR = 3; // how many times its plain length a run may take under faults

type Stages = Pick<JobRun, 'world' | 'faultsUs' | 'moments' | 'lastMoment' | 'isFinished' | 'recovery' | 'settling'>;

function stagesOf(setup: ClusterSetup, contexts: readonly OracleContext[], world: World): Stages {
  const { sim, estimate, options } = setup;
  const clients = clientsOf(setup.request.scenario);
  return {
    world,
    faultsUs: 1_000 * (sim.safetyMs > 0 ? sim.safetyMs : SAFETY_FACTOR * estimate.plainMs),
    moments: momentsOf(lastingJobs(setup), (view) => isFinished(clients, view)),
    lastMoment: null,
    isFinished: () => isFinished(clients, world.view),
    recovery: () => recoveryOf(setup, contexts, world),
    settling: () => ({
      withinUs: 1_000 * settleMs(options, LATE_NOTICE_US / 1_000),
      isEnough: () => isQuiet(contexts, world),
    }),
  };
}

/** A job that somebody cancels or stops may come to none of its moments, unless it is the only one. */
function lastingJobs({ jobs }: ClusterSetup): readonly string[] {
  const followed = new Set(jobs.map(({ follows }) => follows?.jobId));
  const lasting = jobs.filter(
    ({ jobId, others }) => !followed.has(jobId) && others.every(({ wants }) => wants !== 'cancel' && wants !== 'stop'),
  );
  return (lasting.length === 0 ? jobs : lasting).map(({ jobId }) => jobId);
}

/** O-live objects when its bound has passed; in bare runs nobody does, so the run just ends. */
function recoveryOf(setup: ClusterSetup, contexts: readonly OracleContext[], world: World): Stage {
  const { request } = setup;
  const clients = clientsOf(request.scenario);
  const isBare = request.checks === 'bare'; // such a run pays for no reference
  const bounds = contexts.map((context) => {
    const traffic = isBare ? NO_TRAFFIC : trafficOf(context);
    const left = splitsLeft(context, createPointers(), world.view);
    return livenessBound(context, left, traffic, companyOf(context, contexts, world.view, isBare)).ms;
  });
  return {
    withinUs: (Math.max(...bounds) + clientsToComeMs(setup, world) + 1) * 1_000,
    isEnough: () => contexts.every((context) => isDone(context, world.view)) && isFinished(clients, world.view),
  };
}

/** Until the last client has begun. */
function clientsToComeMs({ jobs, others }: ClusterSetup, world: World): number {
  const starts = [...jobs.flatMap((job) => job.starts), ...others];
  const lastMs = Math.max(...starts.map(({ atMs, late }) => atMs + late.steps * late.stepMs));
  return Math.max(0, lastMs - world.view.now / 1_000);
}

/** Nothing is left of the jobs: O-leak would not object, and all files are gone. */
function isQuiet(contexts: readonly OracleContext[], world: World): boolean {
  const { blobs } = world.view.service('storage') as StorageState;
  let leaks = blobs.size - filesOfSavepoints(world.view).size;
  const oracle = leakOracle(contexts);
  oracle.finish(oracle.create(), world.view, () => (leaks += 1));
  return leaks === 0;
}

/** All clients know what they wanted to know: most of them, how their jobs ended. */
function isFinished(clients: readonly Address[], view: WorldView): boolean {
  return clients.every((address) => isAnswered(must(view.node(address), 'a client')));
}

// ---- What is told of it

type Telling = Pick<JobRun, 'drawn' | 'progress' | 'faults' | 'sentenceOf' | 'resultOf'>;

function tellingOf(watched: Watched, facts: () => ObserverFacts): Telling {
  return {
    drawn: watched.setup.drawn,
    progress: () => [facts().counters.completed, 'checkpoint'],
    faults: () => facts().counters,
    sentenceOf: (outcome) => sentenceOf(outcome, watched.contexts.length),
    resultOf: (judged) => resultOf(watched, facts(), judged),
  };
}

function sentenceOf(outcome: 'pass' | 'unfinished', jobs: number): string {
  if (outcome === 'pass') return `${jobs === 1 ? 'the job is' : 'all jobs are'} finished, and no oracle objects`;
  return jobs === 1 ? 'the job did not finish within the bound' : 'the jobs did not all finish within the bound';
}
