// One run of a scenario for a test: from a seed or a tape, with what the test sets.
import { functionsOfFile } from '../calls/functions-of-file.ts';
import { unknownName } from '../core/base/options.ts';
import type { Value } from '../core/base/value.ts';
import { defineScenario } from '../scenario/define-scenario.ts';
import type { Scenario, Topic } from '../scenario/scenario.ts';
import { jobGuest } from '../sim/cluster/job-guest.ts';
import { defineMachines } from '../sim/machines/define-machines.ts';
import { machinesGuest } from '../sim/machines/machines-guest.ts';
import type { MachinesScenario } from '../sim/machines/scenario.ts';
import type { Decisions, TapeEntry } from '../sim/decisions.ts';
import { faultsMistake } from '../sim/faults/mistake.ts';
import type { ExactFaults, Guest, RunRequest, RunResult } from '../sim/guest.ts';
import { runGuest } from '../sim/run-guest.ts';
import { seededDecisions } from '../sim/seeded-decisions.ts';
import { tapeDecisions } from '../sim/tape-decisions.ts';

/** What a scenario may be: a job with its cluster, or machines. */
export type AnyScenario = Scenario | MachinesScenario;

/** The topics of a job by name, in place of those that its scenario draws. */
export type Topics = Readonly<Record<string, Topic>>;

/** How the runs of a test differ from those of `npm run sim`. */
export interface RunOptions {
  /**
   * Faults in force: a list of kinds, or kinds by weight (the mean number of times that a run asks for it). Default: those of the scenario.
   *
   *     chaos(scenario, { faults: ['tm-crash', 'barrier-loss'] })
   *     chaos(scenario, { faults: { 'tm-crash': 2 } })
   */
  readonly faults?: readonly string[] | Readonly<Record<string, number>>;
  /** Faults in force are asked wherever they may strike, until so many hit: as on a tape with a line `exact-faults`. Default: by their weights. */
  readonly exactFaults?: ExactFaults;
  /** Options by name, as `--set` has them: `{ checkpointIntervalMs: 500 }`. Default: none. */
  readonly set?: Readonly<Record<string, number>>;
  /** Contents of what `data` of a job's scenario names, by name: nobody reads files here. Default: none. */
  readonly data?: Readonly<Record<string, Value>>;
  /**
   * The file that exports the scenario, of a job with `mapAsync`: its functions are loaded from there once more, to run under a clock of their own. Default: no
   * job has any.
   *
   *     chaos(scenario, { file: join(import.meta.dirname, 'scenario.ts') })
   */
  readonly file?: string;
}

/** Which run: that of a seed, or of a tape, cut or with another input. */
export interface RunChoice {
  /** A whole number from 0. Of a tape it only names the run. */
  readonly seed: number;
  /** Decisions that are not 0. Default: those of the seed. */
  readonly tape?: readonly TapeEntry[] | null;
  /** Length kept of an input, by its name (`topic/split`). Default: all are whole. */
  readonly inputLimits?: Readonly<Record<string, number>>;
  /** Topics of a job in place of those that its scenario draws. Default: those of the scenario. */
  readonly input?: Topics | null;
}

/** A run with all decisions that were made in it. */
export interface MadeRun<R extends RunResult = RunResult> {
  readonly result: R;
  readonly entries: readonly TapeEntry[];
}

export type Onlookers = Pick<RunRequest, 'onStory' | 'onTrace'>;

/** The guest of a scenario, with another input where a test brings one. Throws an Error that lists what is wrong with the scenario. */
export function guestOf(scenario: AnyScenario, options: RunOptions, input: Topics | null | undefined): Guest {
  const { faults, data = {}, file } = options;
  const weights = faults === undefined || isList(faults) ? {} : { faults };
  if (isMachines(scenario)) {
    if (input !== null && input !== undefined) throw new Error('machines read no topics: `input` is for jobs');
    return machinesGuest(defineMachines({ ...scenario, ...weights }));
  }
  const inputs = input === null || input === undefined ? {} : { input: () => input };
  return jobGuest({
    scenario: defineScenario({ ...scenario, ...weights, ...inputs }),
    data,
    artifact: 'test',
    ...(file === undefined ? {} : { functions: functionsOfFile(file) }),
  });
}

function isMachines(scenario: AnyScenario): scenario is MachinesScenario {
  return 'nodes' in scenario;
}

function isList(faults: RunOptions['faults']): faults is readonly string[] {
  return Array.isArray(faults);
}

export function runScenario(guest: Guest, choice: RunChoice, options: RunOptions, onlookers: Onlookers = {}): MadeRun {
  const { seed, tape = null } = choice;
  return runDecisions(guest, tape === null ? seededDecisions(seed) : tapeDecisions(tape), choice, options, onlookers);
}

/** Runs any decisions; the seed of the choice only names the run. */
export function runDecisions(
  guest: Guest,
  decisions: Decisions,
  { seed, inputLimits = {} }: RunChoice,
  options: RunOptions,
  onlookers: Onlookers = {},
): MadeRun {
  checkNames(guest, options);
  const result = runGuest(guest, {
    decisions,
    set: options.set ?? {},
    faults: isList(options.faults) ? options.faults : 'scenario',
    ...(options.exactFaults === undefined ? {} : { exactFaults: options.exactFaults }),
    checks: seed % SEEDS_PER_STRICT_RUN === 0 ? 'strict' : 'checked',
    inputLimits,
    ...onlookers,
  });
  return { result, entries: decisions.tape() };
}

const SEEDS_PER_STRICT_RUN = 8; // as the command line does it

function checkNames(guest: Guest, { set = {}, faults }: RunOptions): void {
  const unknown = Object.keys(set).find((name) => !Object.hasOwn(guest.options, name));
  if (unknown !== undefined) throw new Error(unknownName('option', unknown, Object.keys(guest.options)));
  const mistake = isList(faults) ? faultsMistake(faults, guest) : null;
  if (mistake !== null) throw new Error(mistake);
}
