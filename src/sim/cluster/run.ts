// The runner: one run of a scenario, from its decisions to its verdict. First safety under faults, then faults stop and the job must get to
// its end within a bound, and clean up behind itself.
import { must } from '../../core/base/assert.ts';
import type { ClientState } from '../../core/client/state.ts';
import type { Oracle } from '../observation.ts';
import { clusterOracles } from '../oracles/cluster-oracles.ts';
import type { OracleContext } from '../oracles/context.ts';
import { leakOracle, settleMs } from '../oracles/leak.ts';
import { isDone, splitsLeft } from '../oracles/live.ts';
import { livenessBound, NO_TRAFFIC, trafficOf } from '../oracles/liveness-bound.ts';
import { createPointers } from '../oracles/pointers.ts';
import { toldDecisions } from '../told-decisions.ts';
import type { World } from '../world-types.ts';
import { CLIENT, createClusterWorld, JOB_ID, setUpCluster, type ClusterSetup } from './cluster.ts';
import { createFacts } from './observer/facts.ts';
import { runObserver } from './observer/observer.ts';
import { storyTeller, type OnStory } from './observer/story.ts';
import { resultOf, type Run } from './result.ts';
import type { RunProgress, RunRequest, RunResult } from './run-types.ts';
import type { StorageState } from './services/storage.ts';

export function runScenario(request: RunRequest): RunResult {
  const pieces = runInPieces(request);
  for (;;) {
    const { done, value } = pieces.next();
    if (done === true) return value;
  }
}

/** The same in pieces, for a host that shows how far a run is, or ends one that does not go on. */
export function* runInPieces(request: RunRequest): Generator<RunProgress, RunResult, void> {
  const run = request.onStory === undefined ? beginRun(request) : beginTold(request, request.onStory);
  yield* underFaults(run);
  yield* withoutFaults(run);
  const violations = [...run.world.violations];
  if (!hasFailed(run.world)) violations.push(...run.world.finish());
  return resultOf(run, violations, isFinished(run.world));
}

/** A run whose decisions are told as they are made; those before the world is there come at time 0. */
function beginTold(request: RunRequest, onStory: OnStory): Run {
  let world: World | null = null;
  const decisions = toldDecisions(request.decisions, (entry) =>
    onStory({ kind: 'decision', atUs: world?.view.now ?? 0, entry }),
  );
  const run = beginRun({ ...request, decisions }, [storyTeller(JOB_ID, onStory)]);
  world = run.world;
  return run;
}

/** A run at time 0, with all that looks on. */
export function beginRun(request: RunRequest, listeners: readonly Oracle[] = []): Run {
  const setup = setUpCluster(request);
  let facts = createFacts();
  const observer = runObserver(setup.options, (current) => (facts = current));
  const context = oracleContext(setup);
  const judges = request.checks === 'bare' ? [] : clusterOracles(context);
  const oracles = [...(request.checks === 'bare' ? [] : [...judges, observer]), ...listeners];
  const world = createClusterWorld(setup, oracles as Oracle<never>[]);
  return { setup, context, world, oracles: judges.map((oracle) => oracle.name), facts: () => facts };
}

function oracleContext({ request, topics, program, options, sim }: ClusterSetup): OracleContext {
  const { job, reference } = request.scenario;
  const check = notedCheck(request);
  return {
    jobId: JOB_ID,
    graph: job.graph,
    program,
    topics,
    options,
    costs: sim,
    reference,
    ...(check === undefined ? {} : { check }),
  };
}

function notedCheck({ scenario: { check }, lastCall }: RunRequest): OracleContext['check'] {
  if (check === undefined || lastCall === undefined) return check;
  return (...given) => {
    lastCall.what = 'check of the scenario';
    return check(...given);
  };
}

const SLICE_US = 20_000; // of simulated time between two looks at how far the run is
const SAFETY_FACTOR = 3; // how many times its plain length a run may take under faults

type Pieces = Generator<RunProgress, void, void>;

function* underFaults(run: Run): Pieces {
  const { sim, estimate } = run.setup;
  const safetyMs = sim.safetyMs > 0 ? sim.safetyMs : SAFETY_FACTOR * estimate.plainMs;
  yield* runUntil(run, run.world.view.now + safetyMs * 1_000, () => isFinished(run.world));
}

/** O-live objects when its bound has passed; in bare runs nobody does, so the run just ends. */
function* withoutFaults(run: Run): Pieces {
  const { context, world, setup } = run;
  if (hasFailed(world)) return;
  world.stopFaults();
  const traffic = setup.request.checks === 'bare' ? NO_TRAFFIC : trafficOf(context); // a bare run pays for no reference
  const bound = livenessBound(context, splitsLeft(context, createPointers(), world.view), traffic);
  yield* runUntil(run, world.view.now + (bound.ms + 1) * 1_000, () => isDone(context, world.view));
  yield* runUntil(run, world.view.now + settleMs(setup.options) * 1_000, () => isQuiet(context, world));
}

/** Nothing is left of the job: O-leak would not object, and all files are gone. */
function isQuiet(context: OracleContext, world: World): boolean {
  const { blobs } = world.view.service('storage') as StorageState;
  let leaks = blobs.size;
  const oracle = leakOracle(context);
  oracle.finish(oracle.create(), world.view, () => (leaks += 1));
  return leaks === 0;
}

/** Runs until something is so, a time has come, or the run has failed. */
function* runUntil(run: Run, untilUs: number, isEnough: () => boolean): Pieces {
  const { world } = run;
  while (world.view.now < untilUs && !hasFailed(world) && !isEnough()) {
    world.run({ untilUs: Math.min(untilUs, world.view.now + SLICE_US) });
    const { now, events } = world.view;
    yield { simulatedMs: Math.floor(now / 1_000), events, checkpoints: run.facts().counters.completed };
  }
}

/** The client knows how the job ended. */
function isFinished(world: World): boolean {
  const node = must(world.view.node(CLIENT), 'the client');
  return (node.state as ClientState).result !== null;
}

function hasFailed({ thrown, violations }: World): boolean {
  return thrown !== null || violations.length > 0;
}
