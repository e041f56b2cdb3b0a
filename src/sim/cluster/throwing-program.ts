// Code of a job that throws at a record that a fault planted. The record is data and says where: so the same step throws again, and a record that is read
// once more, without the fault, is as good as any other.
import type { Value } from '../../core/base/value.ts';
import { wrapFunctions } from '../../core/graph/each-function.ts';
import type { JobProgram, OperatorFunctions } from '../../core/graph/functions.ts';
import type { JobGraph, Operator } from '../../core/graph/job-graph.ts';
import type { Called } from '../../scenario/code/function-calls.ts';
import { isChained, isKeyedKind } from '../../core/graph/kinds.ts';

/** `first`: in the first function that gets it, other than `timestamp` and `keyBy`; `state`: in the first that keeps state. */
export type ThrowPlace = 'first' | 'state';

interface Planted {
  readonly $throws: ThrowPlace;
  readonly value: Value;
}

/** A record that makes code throw. */
export function plantThrow(value: Value, place: ThrowPlace): Value {
  return { $throws: place, value };
}

function plantedIn(value: Value): Planted | null {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && '$throws' in value ? (value as unknown as Planted) : null;
}

/** The program, with functions that throw at planted records, and hand on those that are for others. */
export function throwingProgram({ functions }: JobProgram): JobProgram {
  return { functions: new Map([...functions].map(([id, own]) => [id, throwing(own)])) };
}

/** No function but the key is certain to get a record of what aggregates by declaration, or of `reduce`, whose first record of a key becomes state. */
function throwing(own: OperatorFunctions): OperatorFunctions {
  const isKeyAlone = Object.keys(own).every(
    (name) => name === 'key' || name === 'reduce' || name === 'rows' || name === 'state',
  );
  return wrapFunctions(own, {
    timestamp: (call) => (value) => call(plainOf(value)),
    key: (call) => (value) => call((isKeyAlone ? refused : plainOf)(value)),
    map: (call) => (value, context) => handOn(value, (plain) => call(plain, context)),
    flatMap: (call) => (value, context) => handOnAll(value, (plain) => call(plain, context)),
    filter: (call) => (value, context) => call(passing(value), context),
    mapAsync: (call) => call, // see `throwingCall`
    reduce: (call) => call,
    onRecord: (call) => (value, context, state) => call(refused(value), context, state),
    onTimer: (call) => call,
    aggregate: (calls) => ({ ...calls, add: (before, value) => calls.add(before, refused(value)) }),
  });
}

/** The same of a call of `mapAsync`, which machines leave to others. */
export function throwingCall(value: Value, call: (plain: Value) => Called): Called {
  const planted = plantedIn(value);
  if (planted === null) return call(value);
  if (planted.$throws === 'first')
    return { kind: 'failed', problem: 'failed: Error: a planted record', isMistake: false, durationMs: 0 };
  const called = call(planted.value);
  return called.kind === 'failed' ? called : { ...called, value: plantThrow(called.value, 'state') };
}

function plainOf(value: Value): Value {
  return plantedIn(value)?.value ?? value;
}

/** As a stateful function gets it. */
function refused(value: Value): Value {
  if (plantedIn(value) !== null) throw new Error('a planted record');
  return value;
}

function passing(value: Value): Value {
  const planted = plantedIn(value);
  if (planted?.$throws === 'first') throw new Error('a planted record');
  return planted?.value ?? value;
}

function handOn(value: Value, call: (plain: Value) => Value): Value {
  const result = call(passing(value));
  return plantedIn(value) === null ? result : plantThrow(result, 'state');
}

function handOnAll(value: Value, call: (plain: Value) => Iterable<Value>): Iterable<Value> {
  const results = call(passing(value));
  return plantedIn(value) === null ? results : [...results].map((result) => plantThrow(result, 'state'));
}

/** Where code of a job throws for certain at a record of each topic, before a sink gets it. */
export function throwPlaces(graphs: readonly JobGraph[]): ReadonlyMap<string, readonly ThrowPlace[]> {
  const places = new Map<string, readonly ThrowPlace[]>();
  for (const graph of graphs) {
    for (const operator of graph.operators) {
      if (operator.kind !== 'source') continue;
      const here = placesBehind(graph, operator.id);
      places.set(operator.topic, places.get(operator.topic)?.filter((place) => here.includes(place)) ?? here);
    }
  }
  return places;
}

function placesBehind(graph: JobGraph, source: string): readonly ThrowPlace[] {
  const stops = { first: isChained, state: ({ kind }: Operator) => isKeyedKind(kind) } as const;
  return (['first', 'state'] as const).filter((place) => isStopped(graph, source, stops[place]));
}

/** Each way from here comes to one of these operators before it comes to a sink. */
function isStopped(graph: JobGraph, from: string, stops: (operator: Operator) => boolean): boolean {
  return graph.edges
    .filter((edge) => edge.from === from)
    .every(({ to }) => {
      const operator = graph.operators.find(({ id }) => id === to);
      if (operator === undefined || operator.kind === 'sink') return false;
      return stops(operator) || isStopped(graph, to, stops);
    });
}
