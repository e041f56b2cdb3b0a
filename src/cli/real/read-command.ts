// From words of a command line to what is to be done. Pure: whether a scenario exists is found out later.
import { unknownName, type OptionTable } from '../../core/base/options.ts';
import type { Result } from '../../core/base/value.ts';
import { clusterOptionTable } from '../../core/protocol/cluster-options.ts';
import { isHaFolder, readHa } from '../../net-real/ha-service.ts';
import { strikeKinds, type StrikeKind } from '../../scenario/strikes.ts';
import { parseSeed } from '../../sim/search/seed-range.ts';
import { findContradiction, readArguments } from '../arguments.ts';
import { fromUser } from '../files.ts';
import { keptByNpm, refuseBare, refuseKept } from '../refuse-bare.ts';
import { DEFAULT_SCENARIO } from '../scenario/scenario-file.ts';
import { readSet } from '../set-option.ts';
import { LIFE_SCENARIO, realContradictions, realOptions } from './options.ts';

export interface RealSettings {
  readonly scenario: string;
  /** Null: a fresh one is drawn. */
  readonly seed: number | null;
  /** An HA service below which each run has its own, as `readHa` returns it; null: in the scratch folder. */
  readonly ha: string | null;
  readonly set: Readonly<Record<string, number>>;
  readonly json: boolean;
}

export type RealCommand =
  | { readonly kind: 'help' }
  | (RealSettings & {
      readonly kind: 'run';
      /** `scenario`: what the scenario says. */
      readonly strike: 'scenario' | 'none' | StrikeKind;
      readonly trace: string | null;
      readonly report: boolean;
      readonly keep: boolean;
    })
  | (RealSettings & { readonly kind: 'rounds'; readonly rounds: number })
  | (RealSettings & { readonly kind: 'life'; readonly lifeMs: number; readonly keep: boolean });

const ROUNDS_MAX = 10_000;

/**
 * @param environment of the process: npm leaves there what it kept of the command line.
 * @param table of what `--set` knows: that of a cluster, or of machines.
 */
export function readRealCommand(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
  table: OptionTable = clusterOptionTable,
): Result<RealCommand> {
  const line = readArguments(realOptions, words, table);
  if (!line.ok) return line;
  const { options, bare } = line.value;
  if (options.has('help')) return { ok: true, value: { kind: 'help' } };
  const kept = keptByNpm('real', realOptions, environment);
  if (bare.length > 0) return { ok: false, reason: refuseBare('real', bare, words, kept) };
  if (kept.length > 0) return { ok: false, reason: refuseKept('real', words, kept) };
  const contradiction = findContradiction(realContradictions, options);
  if (contradiction !== null) return { ok: false, reason: contradiction };
  const only = (name: string): string | null => options.get(name)?.[0] ?? null;

  const set = readSet(table, options.get('set') ?? []);
  if (!set.ok) return set;
  const seed = readSeed(only('seed'));
  if (!seed.ok) return seed;
  const ha = readPlace(only('ha'));
  if (!ha.ok) return ha;
  const settings: RealSettings = {
    scenario: only('scenario') ?? (options.has('life') ? LIFE_SCENARIO : DEFAULT_SCENARIO),
    seed: seed.value,
    ha: ha.value,
    set: set.value,
    json: options.has('json'),
  };
  const life = only('life');
  if (life !== null) return readLife(life, settings, options.has('keep'));
  const rounds = only('rounds');
  if (rounds !== null) return readRounds(rounds, settings);
  const strike = readStrike(only('strike'), options.has('no-faults'));
  if (!strike.ok) return strike;
  return {
    ok: true,
    value: {
      ...settings,
      kind: 'run',
      strike: strike.value,
      trace: only('trace'),
      report: options.has('report'),
      keep: options.has('keep'),
    },
  };
}

function readPlace(text: string | null): Result<string | null> {
  if (text === null) return { ok: true, value: null };
  const place = readHa(text, fromUser);
  if (!place.ok) return { ok: false, reason: `--ha ${text}: ${place.reason}` };
  if (!isHaFolder(place.value)) return place;
  return { ok: false, reason: `--ha ${text}: a run has its HA service in its scratch folder, or elsewhere: etcd://…` };
}

function readSeed(text: string | null): Result<number | null> {
  if (text === null) return { ok: true, value: null };
  const seed = parseSeed(text);
  return seed.ok ? seed : { ok: false, reason: `--seed ${seed.reason}` };
}

function readRounds(text: string, settings: RealSettings): Result<RealCommand> {
  const rounds = /^\d+$/.test(text) ? Number(text) : 0;
  if (rounds < 1 || rounds > ROUNDS_MAX)
    return { ok: false, reason: `--rounds ${text}: expected a whole number from 1 to ${ROUNDS_MAX}` };
  return { ok: true, value: { ...settings, kind: 'rounds', rounds } };
}

const MS_OF: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
const LIFE_SHORTEST_MS = 30_000; // a third has a savepoint, a rescale and some kills
const LIFE_LONGEST_MS = 24 * 3_600_000;

function readLife(text: string, settings: RealSettings, keep: boolean): Result<RealCommand> {
  const [, number = '', unit = ''] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
  const lifeMs = Number(number) * (MS_OF[unit] ?? 0);
  if (lifeMs < LIFE_SHORTEST_MS || lifeMs > LIFE_LONGEST_MS)
    return { ok: false, reason: `--life ${text}: expected a time from 30s to 24h, as 150s or 60m` };
  return { ok: true, value: { ...settings, kind: 'life', lifeMs, keep } };
}

function readStrike(name: string | null, none: boolean): Result<'scenario' | 'none' | StrikeKind> {
  if (none) return { ok: true, value: 'none' };
  if (name === null) return { ok: true, value: 'scenario' };
  const strike = strikeKinds.find((kind) => kind === name);
  return strike === undefined
    ? { ok: false, reason: `--strike: ${unknownName('strike', name, strikeKinds)}` }
    : { ok: true, value: strike };
}
