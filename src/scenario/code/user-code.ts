// What is known of a job's own code in one run: what was called last, what it did that no job may do, and how often it threw.
// One object is shared by all that call the job: the machines, the sequential reference, and who ends a run that stands still.
import { stackLines } from '../../core/base/stack-lines.ts';
import type { Value } from '../../core/base/value.ts';
import type { CodeSettings } from '../../core/graph/functions.ts';
import { planOf, type StatePlan } from '../../core/operators/state-fields.ts';
import { showRecord, UserCodeError, type FunctionName } from '../../core/operators/user-code-error.ts';
import { takeRefused, type RefusedCall } from '../../realm/guard.ts';
import type { LastCall } from '../last-call.ts';

/** A mistake of the job's author: whatever the order of records, the job is wrong. */
export interface CodeMistake {
  readonly operator: string;
  readonly function: FunctionName | null;
  /** One sentence: `filter "f" gave a promise, expected true or false`. */
  readonly sentence: string;
  /** The record, and the place in the file. */
  readonly evidence: readonly string[];
}

export interface UserCode {
  readonly last: LastCall;
  /** The first mistake, or null. */
  mistake: CodeMistake | null;
  /** Errors that functions of the job threw: whether each is a mistake, the sequential reference says. */
  throws: number;
}

export function createUserCode(last: LastCall = { what: '' }): UserCode {
  return { last, mistake: null, throws: 0 };
}

/** A function of a job. */
export interface Site {
  readonly code: UserCode;
  readonly operator: string;
  readonly name: FunctionName;
  /** For who ends a run that stands still. */
  readonly what: string;
  /** It is lent a view of each record. */
  readonly seesViews: boolean;
  /** Of its declared state. */
  readonly plan: StatePlan | null;
  /** Calls so far: a share of them is made twice. */
  calls: number;
}

export function createSite(
  code: UserCode,
  operator: string,
  name: FunctionName,
  { rows, state }: CodeSettings = {},
): Site {
  const shown = name === 'keyBy' ? 'key' : name;
  const what = `${shown} of operator "${operator}"`;
  return {
    code,
    operator,
    name,
    what,
    seesViews: rows === 'views',
    plan: state === undefined ? null : planOf(state),
    calls: 0,
  };
}

/** Notes a mistake, and returns the error that fails the task. */
export function mistakeAt(site: Site, error: UserCodeError, evidence: readonly string[]): UserCodeError {
  site.code.mistake ??= {
    operator: site.operator,
    function: site.name,
    sentence: error.message,
    evidence: [...(error.given === null ? [] : [`at ${error.given}`]), ...evidence],
  };
  return error;
}

/** What is to be thrown on for something that a function threw. */
export function thrownAt(site: Site, thrown: unknown, given: Value): unknown {
  if (thrown instanceof UserCodeError) {
    thrown.given ??= showGiven(site, given);
    return mistakeAt(site, thrown, []);
  }
  const refused = takeRefused();
  if (refused !== null) return refusedAt(site, refused, given);
  site.code.throws += 1;
  return thrown;
}

/** Throws if the function made a call that no function may make, and caught the refusal. */
export function checkRefused(site: Site, given: Value): void {
  const refused = takeRefused();
  if (refused !== null) throw refusedAt(site, refused, given);
}

function refusedAt(site: Site, refused: RefusedCall, given: Value): UserCodeError {
  const error = new UserCodeError(site.operator, refused.message, site.name);
  error.given = showGiven(site, given);
  return mistakeAt(site, error, stackLines(refused));
}

/** `onTimer` is given no record. */
export function showGiven(site: Site, given: Value): string {
  return site.name === 'onTimer' ? `the timer ${given as number}` : showRecord(given);
}
