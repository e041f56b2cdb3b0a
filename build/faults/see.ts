// Runs a failure, and the same seed without its faults, and says what was seen.
import { prepare } from '../../src/cli/sim/plan.ts';
import { runSeed, type RunSetup } from '../../src/cli/sim/run-seed.ts';
import type { JobRunResult } from '../../src/sim/cluster/run-types.ts';
import type { StoryEvent } from '../../src/sim/story.ts';
import type { Forced } from './rows.ts';

/** What a run came to. */
export interface Seen {
  /** The faults, in the words of the run, each with the phases in which it hit. */
  readonly struck: readonly string[];
  readonly phases: readonly string[];
  readonly passed: boolean;
  readonly restarts: number;
  readonly leaderChanges: number;
  readonly lostCheckpoints: number;
  /** The longest time between two transactions that became visible, in ms; and the same without the faults. */
  readonly silenceMs: number;
  readonly plainSilenceMs: number;
}

export async function seeFailure(forced: Asked): Promise<Seen> {
  const struck = await seeRun(forced);
  const plain = await seeRun({ ...forced, faults: '' });
  return { ...struck, plainSilenceMs: plain.silenceMs };
}

type Asked = Pick<Forced, 'scenario' | 'faults' | 'seed'>;

/** A run, by itself. */
export async function seeRun(asked: Asked): Promise<SeenAlone> {
  return (await seerOf(asked))(asked.seed);
}

export type SeenAlone = Omit<Seen, 'plainSilenceMs'>;

/** Runs seeds of a scenario under the same faults. */
export async function seerOf({ scenario, faults }: Omit<Asked, 'seed'>): Promise<(seed: number) => SeenAlone> {
  const setup = await prepare({ scenario, set: [], faults: faults === '' ? [] : faults.split(',') });
  return (seed) => {
    const { result, silenceMs } = watchedRun(setup, seed);
    return {
      struck: result.faultLog.flatMap(({ text, hit }) => (hit ? [text] : [])),
      phases: Object.values(result.faultPhases).flatMap((phases) => Object.keys(phases)),
      passed: result.verdict === 'pass',
      restarts: result.restarts,
      leaderChanges: result.leaderChanges,
      lostCheckpoints: Object.values(result.checkpoints.aborted).reduce((sum, count) => sum + count, 0),
      silenceMs,
    };
  };
}

interface Watched {
  readonly result: JobRunResult;
  readonly silenceMs: number;
}

function watchedRun(setup: RunSetup, seed: number): Watched {
  const commits: number[] = [0];
  const onStory = (event: StoryEvent): void => {
    if (event.kind === 'milestone' && event.alike !== undefined && 'transaction' in event.alike.about)
      commits.push(event.atUs / 1_000);
  };
  const { result } = runSeed(setup, seed, { onStory });
  const gaps = commits.slice(1).map((at, index) => at - (commits[index] as number));
  return { result: result as JobRunResult, silenceMs: Math.max(0, ...gaps) };
}
