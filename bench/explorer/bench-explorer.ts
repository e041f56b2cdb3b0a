// The bench of the explorer: a model without a world, and one checkpoint of a real job in all orders, with all its oracles.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { explore } from '../../src/sim/search/explore/explore.ts';
import type { SearchOptions } from '../../src/sim/search/explore/explore-types.ts';
import { rateOf, type Reading } from '../figure.ts';
import { measure, type Rounds, type Spent } from '../measure.ts';
import { disagreement, twoPhase } from './two-phase.ts';

export interface ExplorerSizes {
  readonly managers: number;
  /** The checkpoint is explored up to so many states. */
  readonly statesMax: number;
}

export const WHOLE_EXPLORER: ExplorerSizes = { managers: 7, statesMax: 2_000_000 };

export interface ExplorerFigure {
  readonly name: string;
  /** Different states. */
  readonly states: number;
  /** Different states a second. */
  readonly rate: Reading;
  /** Of a model: held for states and what is known of them. Of a world: by how much the process has grown, with all that is remembered. */
  readonly bytesPerState: number;
  /** Different states a second of CPU; null: none. */
  readonly aim: number | null;
}

/** What a process that explored the checkpoint prints. */
export interface CheckpointExplored extends Spent {
  readonly states: number;
  readonly grownBytes: number;
}

export function benchExplorer(rounds: Rounds, sizes: ExplorerSizes): readonly ExplorerFigure[] {
  return [
    benchModel(rounds, sizes.managers, 'breadth', {}),
    benchModel(rounds, sizes.managers, 'depth', {}),
    benchModel(rounds, sizes.managers, 'depth', { judge: disagreement(sizes.managers) }),
    benchCheckpoint(sizes.statesMax),
  ];
}

function benchModel(
  rounds: Rounds,
  managers: number,
  order: 'breadth' | 'depth',
  { judge }: Pick<SearchOptions, 'judge'>,
): ExplorerFigure {
  let [states, bytes] = [0, 0];
  const spent = measure(rounds, () => {
    ({ unique: states, bytes } = explore(twoPhase(managers), { order, ...(judge === undefined ? {} : { judge }) }));
  });
  const name = `two-phase commit, ${managers} managers, ${order} first${judge === undefined ? '' : ', judged'}`;
  return { name, states, rate: rateOf(states, spent), bytesPerState: bytes / states, aim: null };
}

const CHECKPOINT_AIM = 300_000;

/** In a process of its own, as it is measured by how much it grows. */
function benchCheckpoint(statesMax: number): ExplorerFigure {
  const file = fileURLToPath(import.meta.resolve('./checkpoint-process.ts'));
  const { stdout, stderr, status } = spawnSync(process.execPath, [file, `${statesMax}`], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the process that explores a checkpoint ended with ${status}: ${stderr}`);
  const { states, grownBytes, ...spent } = JSON.parse(stdout) as CheckpointExplored;
  return {
    name: 'a checkpoint on two TaskManagers, all orders and oracles',
    states,
    rate: rateOf(states, spent),
    bytesPerState: grownBytes / states,
    aim: CHECKPOINT_AIM,
  };
}
