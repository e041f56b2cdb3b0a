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
  const run = begin(guest, request);
  const { world } = run;
  const { exactFaults } = request;
  const isExact = exactFaults !== undefined; // what was explored ends at the very event at which it is over
  const withinUs = exactFaults?.untilMs === undefined ? run.faultsUs : exactFaults.untilMs * 1_000;
  yield* runStage(run, { withinUs, isEnough: () => run.isFinished() }, isExact);
  if (!hasFailed(world)) {
    world.stopFaults();
    yield* runStage(run, run.recovery());
    yield* runStage(run, run.settling());
  }
  const violations = [...world.violations];
  if (!hasFailed(world)) violations.push(...world.finish());
  return run.resultOf(judge(run, violations));
}

/** What is decided before the world is there comes at time 0. */
function begin<R extends RunResult>(guest: Pick<Guest<R>, 'begin'>, request: RunRequest): GuestRun<R> {
  const { onStory } = request;
  const decisions =
    onStory === undefined
      ? request.decisions
      : toldDecisions(request.decisions, ({ atUs, ...entry }) => onStory({ kind: 'decision', atUs, entry }));
  const run = guest.begin(decisions === request.decisions ? request : { ...request, decisions });
  decisions.watch?.(() => run.world.view.now);
  return run;
}

const SLICE_US = 20_000; // of simulated time between two looks at how far the run is

/**
 * Runs until it is enough, its time has passed, nothing will ever happen, or the run has failed.
 *
 * @param isExact it is asked after each event whether it is enough, and not once in a while
 */
function* runStage(run: GuestRun, stage: Stage, isExact = false): Generator<RunProgress, void, void> {
  const { world } = run;
  const untilUs = world.view.now + stage.withinUs;
  while (world.view.now < untilUs && !hasFailed(world) && !stage.isEnough()) {
    const bounds = { untilUs: Math.min(untilUs, world.view.now + SLICE_US) };
    const outcome = world.run(isExact ? { ...bounds, stopWhen: () => hasFailed(world) || stage.isEnough() } : bounds);
    const { now, events } = world.view;
    yield { simulatedMs: Math.floor(now / 1_000), events, counted: run.progress() };
    if (outcome === 'idle') return;
  }
}

function hasFailed({ thrown, violations }: World): boolean {
  return thrown !== null || violations.length > 0;
}
