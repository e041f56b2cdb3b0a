// Runs seeds of one version of Millrace, in a process of its own, and says what each took: its parent asks two versions in turn.
import { spend } from '../measure.ts';
import type { loadSetup, bareRequest } from '../seeds.ts';
import type { runSeed } from '../../src/cli/sim/run-seed.ts';
import type { runScenario } from '../../src/sim/cluster/run.ts';
import type { JobRunResult } from '../../src/sim/cluster/run-types.ts';

/** What a seed took. */
export interface SeedSpent {
  readonly cpuMs: number;
  readonly events: number;
  /** That it did not pass, or null. */
  readonly problem: string | null;
}

/** What is used of a version. */
interface Version {
  readonly loadSetup: typeof loadSetup;
  readonly bareRequest: typeof bareRequest;
  readonly runScenario: typeof runScenario;
  readonly runSeed: typeof runSeed;
}

const [folder = '', scenario = '', mode = ''] = process.argv.slice(2);

async function loadVersion(): Promise<Version> {
  process.chdir(folder);
  const files = ['bench/seeds.ts', 'src/sim/cluster/run.ts', 'src/cli/sim/run-seed.ts'];
  const modules: object[] = await Promise.all(files.map((file) => import(`${folder}/${file}`) as Promise<object>));
  return Object.assign({}, ...modules) as Version;
}

const version = await loadVersion();
const setup = await version.loadSetup(scenario, 'scenario');

function run(seed: number): JobRunResult {
  if (mode === 'bare') return version.runScenario(version.bareRequest(setup, seed));
  return version.runSeed(setup, seed).result as JobRunResult;
}

process.on('message', (seed: number) => {
  let result: JobRunResult | null = null;
  const { cpuMs } = spend(() => {
    result = run(seed);
  });
  const { events, verdict, sentence } = result as unknown as JobRunResult;
  const problem = verdict === 'pass' ? null : `seed ${seed} of ${folder} does not pass: ${sentence}`;
  process.send?.({ cpuMs, events, problem } satisfies SeedSpent);
});
process.send?.('ready');
