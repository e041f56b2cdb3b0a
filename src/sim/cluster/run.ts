// A run of a job at time 0: its world, all that looks on, and what the runner asks of it.
import { must } from '../../core/base/assert.ts';
import type { ClientState } from '../../core/client/state.ts';
import type { GuestRun, Stage } from '../guest.ts';
import type { Oracle } from '../observation.ts';
import { clusterOracles } from '../oracles/cluster-oracles.ts';
import type { OracleContext } from '../oracles/context.ts';
import { leakOracle, settleMs } from '../oracles/leak.ts';
import { isDone, splitsLeft } from '../oracles/live.ts';
import { livenessBound, NO_TRAFFIC, trafficOf } from '../oracles/liveness-bound.ts';
import { createPointers } from '../oracles/pointers.ts';
import { runGuest } from '../run-guest.ts';
import type { World } from '../world-types.ts';
import { CLIENT, createClusterWorld, JOB_ID, setUpCluster, type ClusterSetup } from './cluster.ts';
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
  const context = oracleContext(setup);
  const judges = request.checks === 'bare' ? [] : clusterOracles(context);
  const listeners = request.onStory === undefined ? [] : [storyTeller(request.onStory)];
  const oracles = [...(request.checks === 'bare' ? [] : [...judges, observer]), ...listeners];
  const world = createClusterWorld(setup, oracles as Oracle<never>[]);
  const names = judges.map((oracle) => oracle.name);
  return {
    setup,
    judges: names,
    ...stagesOf(setup, context, world),
    ...tellingOf({ setup, context, world }, () => facts),
  };
}

function oracleContext({ request, topics, program, code, options, sim }: ClusterSetup): OracleContext {
  const { job, reference } = request.scenario;
  const check = notedCheck(request);
  return {
    jobId: JOB_ID,
    graph: job.graph,
    program,
    code,
    topics,
    options,
    costs: sim,
    reference,
    ...(check === undefined ? {} : { check }),
  };
}

function notedCheck({ scenario: { check }, lastCall }: JobRunRequest): OracleContext['check'] {
  if (check === undefined || lastCall === undefined) return check;
  return (...given) => {
    lastCall.what = 'check of the scenario';
    return check(...given);
  };
}

// ---- The stages of a run

const SAFETY_FACTOR = 3; // how many times its plain length a run may take under faults

type Stages = Pick<JobRun, 'world' | 'faultsUs' | 'isFinished' | 'recovery' | 'settling'>;

function stagesOf(setup: ClusterSetup, context: OracleContext, world: World): Stages {
  const { sim, estimate, options } = setup;
  return {
    world,
    faultsUs: 1_000 * (sim.safetyMs > 0 ? sim.safetyMs : SAFETY_FACTOR * estimate.plainMs),
    isFinished: () => isFinished(world),
    recovery: () => recoveryOf(setup, context, world),
    settling: () => ({ withinUs: 1_000 * settleMs(options), isEnough: () => isQuiet(context, world) }),
  };
}

/** O-live objects when its bound has passed; in bare runs nobody does, so the run just ends. */
function recoveryOf({ request }: ClusterSetup, context: OracleContext, world: World): Stage {
  const traffic = request.checks === 'bare' ? NO_TRAFFIC : trafficOf(context); // a bare run pays for no reference
  const bound = livenessBound(context, splitsLeft(context, createPointers(), world.view), traffic);
  return { withinUs: (bound.ms + 1) * 1_000, isEnough: () => isDone(context, world.view) };
}

/** Nothing is left of the job: O-leak would not object, and all files are gone. */
function isQuiet(context: OracleContext, world: World): boolean {
  const { blobs } = world.view.service('storage') as StorageState;
  let leaks = blobs.size;
  const oracle = leakOracle(context);
  oracle.finish(oracle.create(), world.view, () => (leaks += 1));
  return leaks === 0;
}

/** The client knows how the job ended. */
function isFinished(world: World): boolean {
  const node = must(world.view.node(CLIENT), 'the client');
  return (node.state as ClientState).result !== null;
}

// ---- What is told of it

type Telling = Pick<JobRun, 'drawn' | 'progress' | 'faults' | 'sentenceOf' | 'resultOf'>;

function tellingOf(watched: Watched, facts: () => ObserverFacts): Telling {
  return {
    drawn: watched.setup.drawn,
    progress: () => [facts().counters.completed, 'checkpoint'],
    faults: () => facts().counters,
    sentenceOf: (outcome) =>
      outcome === 'pass' ? 'the job is finished, and no oracle objects' : 'the job did not finish within the bound',
    resultOf: (judged) => resultOf(watched, facts(), judged),
  };
}
