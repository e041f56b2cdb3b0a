// User code under test: whatever it is given or gives back is frozen, so that code which changes a record or its state in place throws where it
// does so. In a deployment it would corrupt what a snapshot, a batch or another operator shares with it, and nobody would see when.
import type { Value } from '../../core/base/value.ts';
import type { JobProgram, OperatorFunctions, ProcessContext, ValueState } from '../../core/graph/functions.ts';

export function frozenProgram({ functions }: JobProgram): JobProgram {
  return { functions: new Map([...functions].map(([id, code]) => [id, frozenFunctions(code)])) };
}

/** The same fields as before: which functions there are is looked at. */
function frozenFunctions(code: OperatorFunctions): OperatorFunctions {
  const { timestamp, key, map, flatMap, filter, reduce, aggregate } = code;
  return {
    ...(timestamp && { timestamp: (value) => timestamp(frozen(value)) }),
    ...(key && { key: (value) => key(frozen(value)) }),
    ...(map && { map: (value, context) => frozen(map(frozen(value), context)) }),
    ...(flatMap && { flatMap: (value, context) => frozenItems(flatMap(frozen(value), context)) }),
    ...(filter && { filter: (value, context) => filter(frozen(value), context) }),
    ...(reduce && {
      reduce: (accumulated, value, context) => frozen(reduce(frozen(accumulated), frozen(value), context)),
    }),
    ...frozenProcess(code),
    ...(aggregate && { aggregate: frozenAggregate(aggregate) }),
  };
}

/** Of the items alone: what holds them is the user's, and is not kept. */
function frozenItems(items: Iterable<Value>): Iterable<Value> {
  if (!Array.isArray(items)) return frozenOneByOne(items);
  for (const item of items) frozen(item);
  return items;
}

function* frozenOneByOne(items: Iterable<Value>): Iterable<Value> {
  for (const item of items) yield frozen(item);
}

type Aggregate = NonNullable<OperatorFunctions['aggregate']>;

function frozenAggregate({ create, add, result }: Aggregate): Aggregate {
  return {
    create: () => frozen(create()),
    add: (accumulator, value) => frozen(add(frozen(accumulator), frozen(value))),
    result: (accumulator, context) => frozen(result(frozen(accumulator), context)),
  };
}

function frozenProcess({ onRecord, onTimer }: OperatorFunctions): Pick<OperatorFunctions, 'onRecord' | 'onTimer'> {
  return {
    ...(onRecord && { onRecord: (value, context) => onRecord(frozen(value), frozenContext(context)) }),
    ...(onTimer && { onTimer: (timestamp, context) => onTimer(timestamp, frozenContext(context)) }),
  };
}

function frozenContext(context: ProcessContext): ProcessContext {
  return {
    timestamp: context.timestamp,
    parameters: context.parameters,
    key: context.key,
    watermark: context.watermark,
    state: <T>(name: string) => frozenState(context.state(name) as unknown as ValueState<T>),
    registerEventTimeTimer: (timestamp) => context.registerEventTimeTimer(timestamp),
    deleteEventTimeTimer: (timestamp) => context.deleteEventTimeTimer(timestamp),
    collect: (value) => context.collect(frozen(value)),
  };
}

function frozenState<T>(state: ValueState<T>): ValueState<T> {
  return {
    value: () => frozen(state.value()),
    update: (value) => state.update(frozen(value)),
    clear: () => state.clear(),
  };
}

/**
 * As `deepFreeze` does, but without a memory of what is frozen all the way down: most of what comes by is small, new, and seen few times. What
 * its author froze is taken as it is.
 */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  if (Array.isArray(value)) for (const item of value) frozen(item);
  else for (const name in value) frozen(value[name]);
  return value;
}
