// Looks for the mutant that is planted in a copy: explorations up to the first that finds it, then a sweep up to the first seed.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Searched, Swept } from './mutants.ts';
import { searchesFor, SWEEP_SEEDS, sweepScenarioOf, type Search } from './searches.ts';

/** As much as a sweep of which every seed fails prints. */
const OUTPUT_BYTES_MAX = 64_000_000;

/** @param tell of each search before it begins */
export async function searchFor(
  folder: string,
  mutant: string,
  tell: (name: string) => void,
): Promise<readonly Searched[]> {
  const done: Searched[] = [];
  for (const search of searchesFor(mutant)) {
    tell(search.name);
    done.push(await explore(folder, search));
    if (done.at(-1)?.outcome === 'violated') break;
  }
  return done;
}

interface Explored {
  readonly verdict: Searched['outcome'];
  readonly sentence: string | null;
  readonly unique: number;
  readonly cpuMs: number;
}

async function explore(folder: string, { name, scenario, options }: Search): Promise<Searched> {
  const words = `--explore --scenario ${scenario} ${options}`.split(' ');
  const { verdict, sentence, unique, cpuMs } = (await simulate(folder, words)) as Explored;
  return { name, outcome: verdict, sentence, states: unique, cpuMs };
}

export async function sweepFor(folder: string, mutant: string, tell: (name: string) => void): Promise<Swept> {
  const scenario = sweepScenarioOf(mutant);
  let first = 1;
  for (const last of SWEEP_SEEDS) {
    tell(`${scenario} ${first}..${last}`);
    const { failures } = (await simulate(folder, ['--scenario', scenario, '--seeds', `${first}..${last}`])) as {
      readonly failures: readonly { readonly seed: number; readonly sentence: string }[];
    };
    const failed = failures.toSorted((a, b) => a.seed - b.seed)[0];
    if (failed !== undefined) return { scenario, last, seed: failed.seed, sentence: failed.sentence };
    first = last + 1;
  }
  return { scenario, last: first - 1, seed: null, sentence: null };
}

/** The object that `npm run sim -- … --json` prints in the copy. */
function simulate(folder: string, words: readonly string[]): Promise<unknown> {
  const command = [join(folder, 'src/cli/millrace.ts'), 'sim', ...words, '--json'];
  const options = { cwd: folder, maxBuffer: OUTPUT_BYTES_MAX };
  return new Promise((resolve, reject) => {
    // Exit codes say what was found; what prints no object found nothing out.
    execFile(process.execPath, command, options, (_, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout));
      } catch {
        reject(new Error(`${words.join(' ')}: ${stderr || stdout}`));
      }
    });
  });
}
