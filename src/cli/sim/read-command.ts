// From words of a command line to what is to be done. Pure: whether a scenario or file exists, and what it can be told, is found out later.
import type { Result } from '../../core/base/value.ts';
import { jobOptionTable } from '../../sim/cluster/job-guest.ts';
import { parseSeed, parseSeedRange } from '../../sim/search/seed-range.ts';
import type { SeedRange } from '../../sim/search/seed-range.ts';
import { findContradiction, readArguments } from '../arguments.ts';
import { exploreOnlyOptions } from './explore/options.ts';
import { numberMistake, ranges, readExplore, type ExploreCommand } from './explore/read-explore.ts';
import { simContradictions, simOptions } from './options.ts';
import { keptByNpm, refuseBare, refuseKept } from '../refuse-bare.ts';
import { ALL_SCENARIOS, DEFAULT_SCENARIO } from '../scenario/scenario-file.ts';
import type { GivenSettings } from './settings.ts';

/** What every run of a seed is given. */
export interface RunSettings extends GivenSettings {
  readonly scenario: string;
}

export type SimCommand =
  /** `scenario`: whose settings are listed; null: those of a job. */
  | { readonly kind: 'help'; readonly scenario: string | null }
  | { readonly kind: 'list'; readonly json: boolean }
  | (RunSettings & {
      readonly kind: 'run';
      readonly seed: number | null;
      readonly trace: string | null;
      readonly report: boolean;
      readonly json: boolean;
    })
  | (RunSettings & { readonly kind: 'check-determinism'; readonly seed: number | null; readonly json: boolean })
  | ExploreCommand
  | (RunSettings & {
      readonly kind: 'sweep';
      readonly seeds: SeedRange;
      /** Threads at the most; null: one for each core. */
      readonly threads: number | null;
      readonly json: boolean;
    })
  | {
      readonly kind: 'replay';
      readonly file: string;
      /** Where the scenario of the tape lies now; null: where the tape says. */
      readonly scenario: string | null;
      readonly trace: string | null;
      readonly report: boolean;
      readonly json: boolean;
    };

/** @param environment of the process: npm leaves there what it kept of the command line. */
export function readSimCommand(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
): Result<SimCommand> {
  const line = readArguments(simOptions, words, jobOptionTable);
  if (!line.ok) return line;
  const { options, bare } = line.value;
  const json = options.has('json');
  const report = options.has('report');
  if (options.has('help')) return { ok: true, value: { kind: 'help', scenario: options.get('scenario')?.[0] ?? null } };
  const kept = keptByNpm('sim', simOptions, environment);
  if (bare.length > 0) return { ok: false, reason: refuseBare('sim', bare, words, kept) };
  if (kept.length > 0) return { ok: false, reason: refuseKept('sim', words, kept) };
  const contradiction = findContradiction(simContradictions, options);
  if (contradiction !== null) return { ok: false, reason: contradiction };
  const stray = strayOption(options);
  if (stray !== null) return { ok: false, reason: stray };
  const only = (name: string): string | null => options.get(name)?.[0] ?? null;
  const trace = only('trace');
  const replay = only('replay');
  if (options.has('list')) return { ok: true, value: { kind: 'list', json } };
  if (replay !== null)
    return { ok: true, value: { kind: 'replay', file: replay, scenario: only('scenario'), trace, report, json } };

  const settings = readSettings(options);
  if (options.has('explore')) return readExplore(options, exploredSettings(options, settings));
  const range = only('seeds');
  if (range !== null) {
    const threads = only('threads') === null ? null : Number(only('threads'));
    return map(parseSeedRange(range), '--seeds', (seeds) => ({ ...settings, kind: 'sweep', seeds, threads, json }));
  }
  const seed = only('seed');
  const parsed: Result<number | null> = seed === null ? { ok: true, value: null } : parseSeed(seed);
  return map(parsed, '--seed', (value) =>
    options.has('check-determinism')
      ? { ...settings, kind: 'check-determinism', seed: value, json }
      : { ...settings, kind: 'run', seed: value, trace, report, json },
  );
}

/** An option that means nothing where it stands, as a sentence; null: there is none. */
function strayOption(options: ReadonlyMap<string, readonly string[]>): string | null {
  if (!options.has('seeds') && options.get('scenario')?.[0] === ALL_SCENARIOS)
    return `--scenario ${ALL_SCENARIOS} means nothing without --seeds: a range of seeds is spread over all scenarios`;
  if (options.has('explore')) return null;
  const stray = exploreOnlyOptions.find(
    ({ name }) => options.has(name) && !(name === 'threads' && options.has('seeds')),
  );
  if (stray === undefined) return options.has('threads') ? numberMistake(options, 'threads', ranges.threads) : null;
  return `--${stray.name} means nothing without --explore${stray.name === 'threads' ? ' or --seeds' : ''}`;
}

function readSettings(options: ReadonlyMap<string, readonly string[]>): RunSettings {
  const list = options.get('faults')?.[0];
  const named = list === undefined ? 'scenario' : list.split(',').map((name) => name.trim());
  return {
    scenario: options.get('scenario')?.[0] ?? DEFAULT_SCENARIO,
    set: options.get('set') ?? [],
    faults: options.has('no-faults') ? [] : named,
  };
}

/** No fault strikes unless it is named; `scenario` names all of the scenario. */
function exploredSettings(options: ReadonlyMap<string, readonly string[]>, settings: RunSettings): RunSettings {
  if (!options.has('faults')) return { ...settings, faults: [] };
  return options.get('faults')?.[0] === 'scenario' ? { ...settings, faults: 'scenario' } : settings;
}

function map<T>(parsed: Result<T>, option: string, then: (value: T) => SimCommand): Result<SimCommand> {
  return parsed.ok ? { ok: true, value: then(parsed.value) } : { ok: false, reason: `${option} ${parsed.reason}` };
}
