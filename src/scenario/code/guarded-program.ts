// A job's program under test: each of its functions is named before it is called, is given frozen data, must give what its kind gives, and is called twice
// now and then. Which functions there are stays the same. Mistakes are noted in the `UserCode` of the run.
import type { Value } from '../../core/base/value.ts';
import type { KeyFunction } from '../../core/graph/key-field.ts';
import { selectKey } from '../../core/operators/key-selector.ts';
import { settingsOf, wrapFunctions } from '../../core/graph/each-function.ts';
import type { JobProgram, OperatorFunctions, ProcessContext, StateFields } from '../../core/graph/functions.ts';
import {
  checkAccumulator,
  checkFlag,
  checkKey,
  checkNothing,
  checkRecord,
  checkTimestamp,
  isPromise,
} from '../../core/operators/answers.ts';
import { absorbPromise } from './absorb.ts';
import { frozen, frozenDeep } from './frozen.ts';
import { guardedFlatMap } from './guarded-items.ts';
import { asObject, kept, lend } from './lent-record.ts';
import { callOnce, callTwice } from './guarded-process.ts';
import { checkAgain, isSampled } from './twice.ts';
import { checkRefused, createSite, thrownAt, type Site, type UserCode } from './user-code.ts';

/** What is said of functions beside them is for these. */
const SEES_SETTINGS: readonly Site['name'][] = ['map', 'flatMap', 'filter', 'reduce', 'onRecord', 'onTimer', 'add'];

export function guardedProgram({ functions }: JobProgram, code: UserCode): JobProgram {
  return { functions: new Map([...functions].map(([id, own]) => [id, guardedFunctions(id, own, code)])) };
}

function guardedFunctions(id: string, functions: OperatorFunctions, code: UserCode): OperatorFunctions {
  const at = (name: Site['name']): Site =>
    createSite(code, id, name, SEES_SETTINGS.includes(name) ? settingsOf(functions) : {});
  return wrapFunctions(functions, {
    timestamp: (call) => guarded(at('timestamp'), call, (answer) => checkTimestamp(id, answer)),
    key: (call) => guardedKey(at('keyBy'), call),
    map: (call) => guarded(at('map'), call, recordOf(id, 'map')),
    flatMap: (call) => guardedFlatMap(at('flatMap'), call),
    mapAsync: (call) => call, // nobody calls it here: see `function-calls.ts`
    filter: (call) => guarded(at('filter'), call, (answer) => checkFlag(id, answer)),
    reduce: (call) => guardedPair(at('reduce'), call, recordOf(id, 'reduce')),
    onRecord: (call) => guardedProcess(at('onRecord'), call),
    onTimer: (call) => guardedProcess(at('onTimer'), call),
    aggregate: (calls) => guardedAggregate(id, at, calls),
  });
}

/** One that reads a field is none of the author's, but that each record has the field is the author's word. */
function guardedKey(site: Site, key: KeyFunction): KeyFunction {
  const { operator } = site;
  const { field } = key;
  if (field === undefined) return guarded(site, key, (answer) => checkKey(operator, answer));
  return Object.assign(
    guarded(
      site,
      (value) => selectKey(operator, key, value),
      (answer) => answer,
    ),
    { field },
  );
}

type Aggregate = NonNullable<OperatorFunctions['aggregate']>;

function guardedAggregate(id: string, at: (name: Site['name']) => Site, aggregate: Aggregate): Aggregate {
  const create = guarded(at('create'), aggregate.create, accumulatorOf(id, 'create'));
  return {
    create: () => create(null),
    add: guardedPair(at('add'), aggregate.add, accumulatorOf(id, 'add')),
    result: guarded(at('result'), aggregate.result, recordOf(id, 'result')),
  };
}

/** Whether a record is data is looked at by who takes it; a promise says more here. */
function recordOf(id: string, name: 'map' | 'reduce' | 'result'): (answer: Value) => Value {
  return (answer) => (isPromise(answer) ? checkRecord(id, name, answer) : answer);
}

function accumulatorOf(id: string, name: 'create' | 'add'): (answer: Value) => Value {
  return (answer) => (isPromise(answer) ? checkAccumulator(id, name, answer) : answer);
}

/** A function of one value, and perhaps a context, that does nothing but give an answer. */
function guarded<C, R>(
  site: Site,
  call: (value: Value, context: C) => R,
  check: (answer: R) => R,
): (value: Value, context?: C) => R {
  return (value, context) => answerOf(site, value, (lent) => call(lent, context as C), check);
}

/** The same of two values. */
function guardedPair<C>(
  site: Site,
  call: (before: Value, value: Value, context: C) => Value,
  check: (answer: Value) => Value,
): (before: Value, value: Value, context?: C) => Value {
  return (before, value, context) => {
    frozen(before);
    return answerOf(site, value, (lent) => call(before, lent, context as C), check);
  };
}

function answerOf<R>(site: Site, value: Value, call: (lent: Value) => R, check: (answer: R) => R): R {
  const given = asObject(value);
  site.code.last.what = site.what;
  frozen(given);
  const lent = lend(site, given);
  let answer: R | undefined;
  try {
    answer = call(lent === null ? given : lent.value);
    const right = frozenDeep(kept(site, check(answer)));
    checkRefused(site, given);
    if (isSampled(site)) checkOnceMore(site, right, given, call, check);
    return right;
  } catch (thrown) {
    absorbPromise(answer); // a promise has no place anywhere, so its check has thrown
    throw thrownAt(site, thrown, given);
  } finally {
    lent?.end();
  }
}

/** Of a share of the calls; apart from `answerOf`, as a closure there would cost each call its memory. */
function checkOnceMore<R>(site: Site, right: R, given: Value, call: (lent: Value) => R, check: (answer: R) => R): void {
  const again = lend(site, given);
  checkAgain(site, right, given, () => kept(site, check(call(again === null ? given : again.value))));
  again?.end();
}

/** `onRecord` or `onTimer`. */
function guardedProcess<G extends Value>(
  site: Site,
  call: (given: G, context: ProcessContext, state?: StateFields) => void,
): (given: G, context: ProcessContext) => void {
  const name = site.name === 'onTimer' ? 'onTimer' : 'onRecord';
  return (value, context) => {
    const given = asObject(value);
    site.code.last.what = site.what;
    frozen(given);
    try {
      const run = (mine: ProcessContext, state: StateFields | undefined): unknown => {
        const lent = lend(site, given);
        try {
          return call(lent === null ? given : (lent.value as G), mine, state);
        } finally {
          lent?.end();
        }
      };
      const answer = isSampled(site) ? callTwice(site, given, context, run) : callOnce(site, given, context, run);
      absorbPromise(answer);
      checkNothing(site.operator, name, answer);
      checkRefused(site, given);
    } catch (thrown) {
      throw thrownAt(site, thrown, given);
    }
  };
}
