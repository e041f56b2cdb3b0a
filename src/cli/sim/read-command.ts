// From words of a command line to what is to be done. Pure: whether a scenario or file exists is found out later.
import { unknownName } from '../../core/base/options.ts';
import type { Result } from '../../core/base/value.ts';
import { faultKinds } from '../../scenario/fault-kinds.ts';
import type { FaultKind } from '../../scenario/fault-kinds.ts';
import { parseSeed, parseSeedRange } from '../../sim/search/seed-range.ts';
import type { SeedRange } from '../../sim/search/seed-range.ts';
import { findContradiction, readArguments } from '../arguments.ts';
import { allOptionTable, simContradictions, simOptions } from './options.ts';
import { keptByNpm, refuseBare, refuseKept } from '../refuse-bare.ts';
import { DEFAULT_SCENARIO } from '../scenario/scenario-file.ts';
import { readSet } from '../set-option.ts';

/** What every run of a seed is given. */
export interface RunSettings {
  readonly scenario: string;
  readonly set: Readonly<Record<string, number>>;
  readonly faults: 'scenario' | readonly FaultKind[];
}

export type SimCommand =
  | { readonly kind: 'help' }
  | { readonly kind: 'list'; readonly json: boolean }
  | (RunSettings & {
      readonly kind: 'run';
      readonly seed: number | null;
      readonly trace: string | null;
      readonly report: boolean;
      readonly json: boolean;
    })
  | (RunSettings & { readonly kind: 'check-determinism'; readonly seed: number | null; readonly json: boolean })
  | (RunSettings & { readonly kind: 'sweep'; readonly seeds: SeedRange; readonly json: boolean })
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
  const line = readArguments(simOptions, words, allOptionTable);
  if (!line.ok) return line;
  const { options, bare } = line.value;
  const json = options.has('json');
  const report = options.has('report');
  if (options.has('help')) return { ok: true, value: { kind: 'help' } };
  const kept = keptByNpm('sim', simOptions, environment);
  if (bare.length > 0) return { ok: false, reason: refuseBare('sim', bare, words, kept) };
  if (kept.length > 0) return { ok: false, reason: refuseKept('sim', words, kept) };
  const contradiction = findContradiction(simContradictions, options);
  if (contradiction !== null) return { ok: false, reason: contradiction };
  const only = (name: string): string | null => options.get(name)?.[0] ?? null;
  const trace = only('trace');
  const replay = only('replay');
  if (options.has('list')) return { ok: true, value: { kind: 'list', json } };
  if (replay !== null)
    return { ok: true, value: { kind: 'replay', file: replay, scenario: only('scenario'), trace, report, json } };

  const settings = readSettings(options);
  if (!settings.ok) return settings;
  const range = only('seeds');
  if (range !== null) {
    return map(parseSeedRange(range), '--seeds', (seeds) => ({ ...settings.value, kind: 'sweep', seeds, json }));
  }
  const seed = only('seed');
  const parsed: Result<number | null> = seed === null ? { ok: true, value: null } : parseSeed(seed);
  return map(parsed, '--seed', (value) =>
    options.has('check-determinism')
      ? { ...settings.value, kind: 'check-determinism', seed: value, json }
      : { ...settings.value, kind: 'run', seed: value, trace, report, json },
  );
}

function readSettings(options: ReadonlyMap<string, readonly string[]>): Result<RunSettings> {
  const set = readSet(allOptionTable, options.get('set') ?? []);
  if (!set.ok) return set;
  const faults = readFaults(options.get('faults')?.[0] ?? null, options.has('no-faults'));
  if (!faults.ok) return faults;
  const scenario = options.get('scenario')?.[0] ?? DEFAULT_SCENARIO;
  return { ok: true, value: { scenario, set: set.value, faults: faults.value } };
}

function readFaults(list: string | null, none: boolean): Result<RunSettings['faults']> {
  if (none) return { ok: true, value: [] };
  if (list === null) return { ok: true, value: 'scenario' };
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !isFaultKind(name));
  if (unknown !== undefined) return { ok: false, reason: `--faults: ${unknownName('fault', unknown, faultKinds)}` };
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  if (repeated !== undefined) return { ok: false, reason: `--faults: ${repeated} is given twice` };
  return { ok: true, value: names.filter(isFaultKind) };
}

export function isFaultKind(name: string): name is FaultKind {
  return (faultKinds as readonly string[]).includes(name);
}

function map<T>(parsed: Result<T>, option: string, then: (value: T) => SimCommand): Result<SimCommand> {
  return parsed.ok ? { ok: true, value: then(parsed.value) } : { ok: false, reason: `${option} ${parsed.reason}` };
}
