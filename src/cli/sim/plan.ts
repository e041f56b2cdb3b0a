// From what the command line says to what is run: the file, its hash, and how to say the same on a command line again.
import { houseScenario, readBuilt } from '../../layout.ts';
import { UsageError } from '../exit-codes.ts';
import { commandHere, quote, shownPath } from '../files.ts';
import { bundleOwnPart } from '../scenario/bundle.ts';
import type { RunSettings } from './read-command.ts';
import type { RunPlan, RunSetup } from './run-seed.ts';
import { judgeSettings } from './settings.ts';
import { loadGuest } from '../scenario/load-guest.ts';
import { DEFAULT_SCENARIO, findScenarioFile, scenarioNames } from '../scenario/scenario-file.ts';

/** Loads what is to be run, and judges what it is told to do. */
export async function prepare({ scenario, ...given }: RunSettings): Promise<RunSetup> {
  const file = findScenarioFile(scenario);
  const hash = await hashOf(file);
  const loaded = await loadGuest(file, hash);
  const settings = judgeSettings(loaded.guest, given);
  if (!settings.ok) throw new UsageError(settings.reason);
  return { file, hash, ...settings.value, ...loaded };
}

export async function hashOf(file: string): Promise<string> {
  const built = builtHashOf(file);
  if (built !== null) return built;
  const bundle = await bundleOwnPart(file);
  if (!bundle.ok) throw new UsageError(`${shownPath(file)} cannot be loaded: ${bundle.reason}`);
  return bundle.value.hash;
}

/** A package knows the hashes of its own scenarios. */
function builtHashOf(file: string): string | null {
  const built = readBuilt();
  const name = built === null ? undefined : scenarioNames.find((one) => houseScenario(one) === file);
  return name === undefined ? null : (built?.scenarioHashes[name] ?? null);
}

/** The command line of a run like this one, without its seed. */
export function commandOf(setup: RunSetup): string {
  const scenario = isOurs(setup) ? setup.guest.name : shownPath(setup.file);
  return `${commandHere('sim')}${scenario === DEFAULT_SCENARIO ? '' : ` --scenario ${quote(scenario)}`}${settingsOf(setup)}`;
}

/** A scenario of the repository, and not a file of a user's that has its name. */
export function isOurs({ guest: { name }, file }: Pick<RunSetup, 'guest' | 'file'>): boolean {
  return scenarioNames.includes(name) && findScenarioFile(name) === file;
}

function settingsOf({ set, faults }: Pick<RunPlan, 'set' | 'faults'>): string {
  const options = Object.entries(set).map(([name, value]) => ` --set ${name}=${value}`);
  if (faults === 'scenario') return options.join('');
  return (faults.length === 0 ? ' --no-faults' : ` --faults ${faults.join(',')}`) + options.join('');
}
