// The calls of `mapAsync` of one run. What a call comes to is remembered by function and argument, so that forks of a world, and attempts behind a restart,
// see the same; the reference asks by itself, at another time and with other chance, and a function that does something else there is told of.
import type { Value } from '../../core/base/value.ts';
import { UserCodeError } from '../../core/operators/user-code-error.ts';
import type { Called, FunctionCalls } from '../../scenario/code/function-calls.ts';
import { isOther, isSame, show } from '../../scenario/code/twice.ts';
import { createSite, mistakeAt, showGiven, type Site, type UserCode } from '../../scenario/code/user-code.ts';
import { textOf } from '../oracles/text.ts';

/** Who asks: the machines of the run, or the sequential reference. */
export type Asking = 'run' | 'reference';

/** A record that a function is called with. */
export interface Argument {
  readonly value: Value;
  readonly timestamp: number;
  readonly parameters: Value;
}

/** The calls of one job. */
export interface JobCalls {
  call(by: Asking, operator: string, argument: Argument, atMs: number): Called;
}

export interface CallsOfJob {
  readonly functions: FunctionCalls;
  /** The number of the job in its scenario. */
  readonly job: number;
  /** Null: nothing is checked. */
  readonly code: UserCode | null;
  /** Of the chance of all calls of the run. */
  readonly seed: number;
}

export function createJobCalls(given: CallsOfJob): JobCalls {
  return new RememberedCalls(given);
}

class RememberedCalls implements JobCalls {
  readonly #given: CallsOfJob;
  readonly #known = { run: new Map<string, Called>(), reference: new Map<string, Called>() };
  readonly #sites = new Map<string, Site>();

  constructor(given: CallsOfJob) {
    this.#given = given;
  }

  call(by: Asking, operator: string, argument: Argument, atMs: number): Called {
    const key = `${operator} ${argument.timestamp} ${textOf(argument.value)}`;
    const known = this.#known[by].get(key);
    if (known !== undefined) return known;
    const called = this.#make(by, operator, argument, { key, atMs });
    this.#known[by].set(key, called);
    return called;
  }

  #make(by: Asking, operator: string, argument: Argument, { key, atMs }: { key: string; atMs: number }): Called {
    const { functions, job, code } = this.#given;
    const seed = seedOf(`${by} ${this.#given.seed} ${key}`);
    const site = code === null ? null : this.#siteOf(operator, code);
    if (site !== null) site.code.last.what = site.what;
    const called = functions.call({ job, operator, ...argument, atMs, seed });
    if (site !== null) judge(site, argument.value, called, this.#known[by === 'run' ? 'reference' : 'run'].get(key));
    return called;
  }

  #siteOf(operator: string, code: UserCode): Site {
    const known = this.#sites.get(operator) ?? createSite(code, operator, 'mapAsync');
    this.#sites.set(operator, known);
    return known;
  }
}

/** @param other what the other one was answered */
function judge(site: Site, given: Value, called: Called, other: Called | undefined): void {
  if (called.kind === 'failed' && called.isMistake) noteMistake(site, given, called.problem);
  else if (called.kind === 'failed') site.code.throws += 1;
  if (other === undefined || other.kind !== 'returned' || called.kind !== 'returned') return;
  if (isSame(called.value, other.value)) return;
  isOther(site, given, [`first it gave ${show(other.value)}`, `then ${show(called.value)}`]);
}

function noteMistake(site: Site, given: Value, problem: string): void {
  const error = new UserCodeError(site.operator, problem, 'mapAsync');
  error.given = showGiven(site, given);
  mistakeAt(site, error, []);
}

const FNV_OFFSET = 0x81_1c_9d_c5;
const FNV_PRIME = 0x01_00_01_93;

/** Calls see nothing of each other: each has chance of its own. */
function seedOf(text: string): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME);
  return hash >>> 0;
}
