// Finds and loads a scenario: one of the repository by name, or a file of the user's. What is wrong with it is told in one sentence.
import { guardGlobals } from '../../realm/globals.ts';
import { guardModules } from './guard-modules.ts';
import { existsSync, statSync } from 'node:fs';
import { unknownName } from '../../core/base/options.ts';
import { scenarioLoaders } from '../../../scenarios/list.ts';
import type { JobDefinition } from '../../core/graph/define-job.ts';
import { mistakesOf } from '../../scenario/mistakes.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import type { GuestKind } from '../../sim/guest.ts';
import { mistakesOfMachines } from '../../sim/machines/mistakes.ts';
import type { MachinesScenario } from '../../sim/machines/scenario.ts';
import { UsageError } from '../exit-codes.ts';
import { houseScenario } from '../../layout.ts';
import { findForUser, shownPath } from '../files.ts';
import { jobIn } from '../job/job-in-module.ts';
import { readFileTopics, readsUrls, withNames, type FileTopics } from './by-url.ts';
import { checkHasInput, scenarioOfJob, withRates } from './job-scenario.ts';
import { loadModule, type Module } from './load-module.ts';

/** Names of the scenarios of the repository. */
export const scenarioNames: readonly string[] = Object.keys(scenarioLoaders);

/** The main job: what runs where no scenario is named. */
export const DEFAULT_SCENARIO = 'flight-delays';

/** In place of a name, for a sweep: every scenario of the repository. */
export const ALL_SCENARIOS = 'all';

/** The file of a scenario that was given by name or path. */
export function findScenarioFile(nameOrFile: string): string {
  if (scenarioNames.includes(nameOrFile)) return houseScenario(nameOrFile);
  const looksLikeFile = /[/\\]|\.[cm]?[jt]s$/.test(nameOrFile);
  if (!looksLikeFile) throw new UsageError(unknownName('scenario', nameOrFile, scenarioNames));
  const file = findForUser(nameOrFile);
  if (!existsSync(file)) throw new UsageError(`there is no scenario file ${shownPath(file)}`);
  if (!statSync(file).isFile()) throw new UsageError(`${shownPath(file)} is not a scenario file`);
  return file;
}

/** A job, and what it runs on. */
export type LoadedJob = Extract<LoadedScenario, { readonly kind: 'job' }>;

/** What a file describes, by kind of guest. */
export type LoadedScenario =
  /** `topics`: what was read for sources that are URLs. */
  | { readonly kind: 'job'; readonly scenario: Scenario; readonly topics: FileTopics }
  | { readonly kind: 'machines'; readonly scenario: MachinesScenario };

/** Loads a scenario file, and checks it: nobody compiled it, or called `defineScenario` or `defineMachines`. */
export async function loadAnyScenario(file: string): Promise<LoadedScenario> {
  guardGlobals(); // before the file can keep what it finds
  guardModules();
  const module = await loadModule(file);
  const { scenario } = module;
  if (scenario === undefined && module['job'] !== undefined) return jobOfModule(module, file);
  const kind = kindOfScenario(scenario);
  if (kind === null) throw new UsageError(`${shownPath(file)}: ${describeUnknown(scenario)}: ${KINDS}`);
  const mistakes = kind === 'job' ? mistakesOf(scenario) : mistakesOfMachines(scenario);
  if (mistakes.length > 0) throw new UsageError(`${shownPath(file)}: ${mistakes.join('; ')}`);
  if (kind === 'machines') return { kind, scenario: scenario as MachinesScenario };
  return readsUrls(scenario as Scenario)
    ? byName(scenario as Scenario, file)
    : { kind, scenario: scenario as Scenario, topics: {} };
}

async function byName(scenario: Scenario, file: string): Promise<LoadedJob> {
  return { kind: 'job', scenario: withNames(scenario), topics: await readFileTopics(scenario, file) };
}

async function jobOfModule(module: Module, file: string): Promise<LoadedJob> {
  const scenario = scenarioOfJob(jobIn(module, file), file);
  const topics = await readFileTopics(scenario, file);
  const job = scenario.job as JobDefinition;
  checkHasInput(job, topics, file);
  return { kind: 'job', scenario: withNames({ ...scenario, job: withRates(job, topics) }), topics };
}

/** The same where only a job will do. @param what cannot do with another one, e.g. `npm run real` */
export async function loadScenario(file: string, what = 'this command'): Promise<LoadedJob> {
  const loaded = await loadAnyScenario(file);
  if (loaded.kind === 'job') return loaded;
  throw new UsageError(`${shownPath(file)} is of the kind ${loaded.kind}, and ${what} runs jobs`);
}

const KINDS =
  'there are two kinds, a job (defineScenario of millrace/scenario) and machines (defineMachines of millrace/sim)';

/** Told by fields that one kind has and the other has not: which of them are missing is said by what checks that kind. */
function kindOfScenario(given: unknown): GuestKind | null {
  if (typeof given !== 'object' || given === null) return null;
  if ('job' in given || 'cluster' in given || 'input' in given) return 'job';
  return 'nodes' in given || 'messages' in given || 'isOver' in given ? 'machines' : null;
}

function describeUnknown(given: unknown): string {
  if (given === undefined) return 'it exports no "scenario"';
  return typeof given === 'object' && given !== null ? '"scenario" is of neither kind' : '"scenario" is not an object';
}
