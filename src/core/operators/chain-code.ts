// The user functions of a chain, looked up once, with the contexts that they are given. This is code, not state: it is built afresh wherever it is
// needed, and holds nothing between two calls but contexts to be filled again.
import { AssertionError } from '../base/assert.ts';
import type { Key, Value } from '../base/value.ts';
import type { JobProgram, OperatorFunctions, RecordContext, WindowContext } from '../graph/functions.ts';
import type { Operator } from '../graph/job-graph.ts';
import { createAtWork, OPERATOR, type AtWork } from '../base/at-work.ts';
import { ProcessCall } from './process-call.ts';
import { isProcessEnded } from '../base/process-ended.ts';
import { describeThrown, UserCodeError } from './user-code-error.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Aggregate = NonNullable<OperatorFunctions['aggregate']>;

/** All with the same fields in the same order, so that the loop over them sees one shape. */
export type StatelessCode = Placed &
  (
    | { readonly kind: 'map'; readonly call: NonNullable<OperatorFunctions['map']> }
    | { readonly kind: 'flat-map'; readonly call: NonNullable<OperatorFunctions['flatMap']> }
    | { readonly kind: 'filter'; readonly call: NonNullable<OperatorFunctions['filter']> }
  );

interface Placed {
  readonly id: string;
  /** Among the operators of the chain, from 1. */
  readonly place: number;
}

interface Keyed {
  readonly id: string;
  readonly key: (value: Value) => Key;
}

export interface ReduceCode extends Keyed {
  readonly kind: 'reduce';
  readonly reduce: NonNullable<OperatorFunctions['reduce']>;
}

export interface ProcessCode extends Keyed {
  readonly kind: 'process';
  readonly onRecord: NonNullable<OperatorFunctions['onRecord']>;
  readonly onTimer: NonNullable<OperatorFunctions['onTimer']> | null;
  /** The context of both. */
  readonly call: ProcessCall;
}

export interface WindowCode extends Keyed {
  readonly kind: 'window';
  readonly sizeMs: number;
  readonly create: Aggregate['create'];
  readonly add: Aggregate['add'];
  readonly result: Aggregate['result'];
  readonly context: Writable<WindowContext>;
}

export type KeyedCode = ReduceCode | ProcessCode | WindowCode;

export interface ChainCode {
  /** The first operator, if it is keyed. */
  readonly keyed: KeyedCode | null;
  /** The others, in order. */
  readonly stateless: readonly StatelessCode[];
  /** The context of stateless operators and of `reduce`. */
  readonly context: Writable<RecordContext>;
  /** Ids of all operators, in order. */
  readonly ids: readonly string[];
  /** `OPERATOR` is the one whose user code is running: whom to name when something throws. */
  readonly atWork: AtWork;
}

/** The place of the keyed operator, which is the first one if there is any. */
export const KEYED_PLACE = 1;

/** Throws a UserCodeError if the program has not what the operators need. */
export function resolveChain(
  operators: readonly Operator[],
  program: JobProgram,
  parameters: Value,
  atWork: AtWork = createAtWork(),
): ChainCode {
  const context = { timestamp: 0, parameters };
  const stateless: StatelessCode[] = [];
  let keyed: KeyedCode | null = null;
  for (const [index, operator] of operators.entries()) {
    const functions = program.functions.get(operator.id) ?? {};
    const code = resolveStateless(operator, functions, index + 1);
    if (code !== null) stateless.push(code);
    else if (index === 0) keyed = resolveKeyed(operator, functions, parameters);
    else throw new AssertionError(`${operator.kind} "${operator.id}" must be the first operator of its chain`);
  }
  return { keyed, stateless, context, ids: operators.map(({ id }) => id), atWork };
}

function resolveStateless(operator: Operator, functions: OperatorFunctions, place: number): StatelessCode | null {
  const { id } = operator;
  switch (operator.kind) {
    case 'map':
      return { id, place, kind: 'map', call: required(id, 'map', functions.map) };
    case 'flat-map':
      return { id, place, kind: 'flat-map', call: required(id, 'flatMap', functions.flatMap) };
    case 'filter':
      return { id, place, kind: 'filter', call: required(id, 'filter', functions.filter) };
    default:
      return null;
  }
}

function resolveKeyed(operator: Operator, functions: OperatorFunctions, parameters: Value): KeyedCode {
  const { id } = operator;
  switch (operator.kind) {
    case 'reduce':
      return { id, kind: 'reduce', key: requiredKey(id, functions), reduce: required(id, 'reduce', functions.reduce) };
    case 'process':
      return resolveProcess(id, functions, parameters);
    case 'window':
      return resolveWindow(id, operator.sizeMs, functions, parameters);
    default:
      throw new AssertionError(`${operator.kind} "${id}" is not part of a chain`);
  }
}

function resolveProcess(id: string, functions: OperatorFunctions, parameters: Value): ProcessCode {
  return {
    id,
    kind: 'process',
    key: requiredKey(id, functions),
    onRecord: required(id, 'onRecord', functions.onRecord),
    onTimer: functions.onTimer ?? null,
    call: new ProcessCall(id, parameters),
  };
}

function resolveWindow(id: string, sizeMs: number, functions: OperatorFunctions, parameters: Value): WindowCode {
  const { create, add, result } = required(id, 'aggregate', functions.aggregate);
  const context = { timestamp: 0, parameters, key: '', window: { start: 0, end: 0 } };
  return { id, kind: 'window', key: requiredKey(id, functions), sizeMs, create, add, result, context };
}

function requiredKey(id: string, functions: OperatorFunctions): (value: Value) => Key {
  return required(id, 'key', functions.key);
}

function required<F>(id: string, name: string, found: F | undefined): F {
  if (found === undefined) throw new UserCodeError(id, `has no function "${name}" in its program`);
  return found;
}

/**
 * What to throw on for something that was thrown inside a chain: user code's is named with its operator, a bug stays what it is.
 *
 * @param given what the chain was at work on
 */
export function attributeError(code: ChainCode, thrown: unknown, given: () => string): unknown {
  const running = code.ids[(code.atWork[OPERATOR] as number) - 1] ?? null;
  if (isProcessEnded(thrown)) return thrown; // the cells go on saying whose code it was
  code.atWork[OPERATOR] = 0;
  if (code.keyed?.kind === 'process') code.keyed.call.abandon();
  if (thrown instanceof AssertionError) return thrown;
  if (running === null && !(thrown instanceof UserCodeError)) return thrown;
  const error =
    thrown instanceof UserCodeError
      ? thrown
      : new UserCodeError(running ?? '', `failed: ${describeThrown(thrown)}`, null, thrown);
  error.given ??= given();
  return error;
}
