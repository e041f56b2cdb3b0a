// The runner: one run of a guest, from its decisions to its verdict. First safety under faults; then faults stop, and all must be well within a
// bound; then things settle, and the oracles say their last word. The first violation ends a run.
import type { Guest, GuestRun, RunProgress, RunRequest, RunResult, Stage } from './guest.ts';
import { judge } from './judge-run.ts';
import { toldDecisions } from './told-decisions.ts';
import type { World } from './world-types.ts';

export function runGuest<R extends RunResult>(guest: Pick<Guest<R>, 'begin'>, request: RunRequest): R {
  const pieces = runInPieces(guest, request);
  for (;;) {
    const { done, value } = pieces.next();
    if (done === true) return value;
  }
}

/** The same in pieces, for a host that shows how far a run is, or ends one that does not go on. */
export function* runInPieces<R extends RunResult>(
  guest: Pick<Guest<R>, 'begin'>,
  request: RunRequest,
): Generator<RunProgress, R, void> {
  const run = request.onStory === undefined ? guest.begin(request) : beginTold(guest, request, request.onStory);
  const { world } = run;
  yield* runStage(run, { withinUs: run.faultsUs, isEnough: () => run.isFinished() });
  if (!hasFailed(world)) {
    world.stopFaults();
    yield* runStage(run, run.recovery());
    yield* runStage(run, run.settling());
  }
  const violations = [...world.violations];
  if (!hasFailed(world)) violations.push(...world.finish());
  return run.resultOf(judge(run, violations));
}

/** A run whose decisions are told as they are made; those before the world is there come at time 0. */
function beginTold<R extends RunResult>(
  guest: Pick<Guest<R>, 'begin'>,
  request: RunRequest,
  onStory: NonNullable<RunRequest['onStory']>,
): GuestRun<R> {
  let world: World | null = null;
  const decisions = toldDecisions(request.decisions, (entry) =>
    onStory({ kind: 'decision', atUs: world?.view.now ?? 0, entry }),
  );
  const run = guest.begin({ ...request, decisions });
  world = run.world;
  return run;
}

const SLICE_US = 20_000; // of simulated time between two looks at how far the run is

/** Runs until it is enough, its time has passed, nothing will ever happen, or the run has failed. */
function* runStage(run: GuestRun, stage: Stage): Generator<RunProgress, void, void> {
  const { world } = run;
  const untilUs = world.view.now + stage.withinUs;
  while (world.view.now < untilUs && !hasFailed(world) && !stage.isEnough()) {
    const outcome = world.run({ untilUs: Math.min(untilUs, world.view.now + SLICE_US) });
    const { now, events } = world.view;
    yield { simulatedMs: Math.floor(now / 1_000), events, counted: run.progress() };
    if (outcome === 'idle') return;
  }
}

function hasFailed({ thrown, violations }: World): boolean {
  return thrown !== null || violations.length > 0;
}
