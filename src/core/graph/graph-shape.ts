// The shape of a job graph, field by field: what a peer or an author hands in may be anything.
// What fields say about each other (edges, order, functions) is the affair of `validate.ts`.
import { isValue, type Value } from '../base/value.ts';
import {
  checkField,
  checkFields,
  id,
  isFields,
  listOf,
  numberFrom,
  oneOf,
  ownField,
  show,
  wholeNumber,
  type FieldRules,
  type Fields,
  type RulesOf,
} from './field-rules.ts';
import type { Edge, JobGraph, Operator, RestartStrategy } from './job-graph.ts';
import { MAX_PARALLELISM_LIMIT } from './key-groups.ts';
import { isKind, KIND_NAMES, KINDS } from './kinds.ts';

/** Limits of fields, far above any real job (those of operators: `kinds`); `validate.ts` limits what they come to together. */
const OPERATORS_MAX = 1_000;
const EDGES_MAX = 10_000;
type StrategyOf<K> = Extract<RestartStrategy, { readonly kind: K }>;
const parallelism = wholeNumber(1, MAX_PARALLELISM_LIMIT);

const GRAPH_RULES: RulesOf<JobGraph> = {
  format: oneOf('millrace-job-graph'),
  version: oneOf(3, 4, 5, 6, 7),
  name: id,
  maxParallelism: parallelism,
  operators: listOf<Operator>('operators', OPERATORS_MAX),
  edges: listOf<Edge>('edges', EDGES_MAX),
  parameters: {
    expected: 'data (null, booleans, numbers, strings, Uint8Arrays, arrays and plain objects of these)',
    holds: isValue,
  },
  restart: {
    expected: 'null or a restart strategy',
    holds: (candidate) => candidate === null || isFields(candidate),
  },
};

const DELAY_MS_MAX = 86_400_000;
const RESTARTS_MAX = 1_000_000;
/** The moments of so many failures are remembered. */
const FAILURES_MAX = 1_000;
const delayMs = wholeNumber(0, DELAY_MS_MAX, ' of ms');

const RESTART_RULES: { readonly [K in RestartStrategy['kind']]: RulesOf<Omit<StrategyOf<K>, 'kind'>> } = {
  none: {},
  'fixed-delay': { attempts: wholeNumber(0, RESTARTS_MAX), delayMs },
  'failure-rate': {
    failuresMax: wholeNumber(0, FAILURES_MAX),
    intervalMs: wholeNumber(1, DELAY_MS_MAX, ' of ms'),
    delayMs,
  },
  'exponential-delay': {
    initialMs: delayMs,
    multiplier: numberFrom(1, 100),
    maxMs: delayMs,
    jitter: numberFrom(0, 1),
    resetMs: delayMs,
  },
};

const EDGE_RULES: RulesOf<Edge> = { from: id, to: id, partitioning: oneOf('forward', 'rebalance', 'hash') };

/** What a job graph must look like, as text by field. */
export function describeGraphShape(): Value {
  const operators = KIND_NAMES.map((kind) => [kind, textsOf({ id, parallelism, ...KINDS[kind].fields })]);
  const strategies = Object.entries(RESTART_RULES).map(([kind, rules]) => [kind, textsOf(rules)]);
  return {
    graph: textsOf(GRAPH_RULES),
    operators: Object.fromEntries(operators) as Value,
    edge: textsOf(EDGE_RULES),
    restart: Object.fromEntries(strategies) as Value,
  };
}

function textsOf(rules: FieldRules): Value {
  return Object.fromEntries(Object.entries(rules).map(([field, { expected }]) => [field, expected]));
}

/** Says which fields are not what they must be; none if this has the shape of a job graph. */
export function describeShapeMistakes(candidate: unknown): readonly string[] {
  if (!isFields(candidate)) return [`a job graph must be an object, not ${show(candidate)}`];
  const foreign = [
    ...checkField('job graph', candidate, 'format', GRAPH_RULES),
    ...checkField('job graph', candidate, 'version', GRAPH_RULES),
  ];
  if (foreign.length > 0) return foreign; // what it says means something else
  const mistakes = checkFields('job graph', candidate, GRAPH_RULES);
  for (const [index, operator] of itemsOf(candidate, 'operators', OPERATORS_MAX))
    mistakes.push(...describeOperatorMistakes(operator, index));
  for (const [index, edge] of itemsOf(candidate, 'edges', EDGES_MAX)) mistakes.push(...checkEdge(edge, index));
  const restart = ownField(candidate, 'restart');
  if (isFields(restart)) mistakes.push(...checkRestart(restart));
  return mistakes;
}

function checkRestart(restart: Fields): readonly string[] {
  const kind = ownField(restart, 'kind');
  const kinds = oneOf(...Object.keys(RESTART_RULES));
  if (typeof kind !== 'string' || !kinds.holds(kind))
    return [`restart strategy: kind must be ${kinds.expected}, not ${show(kind)}`];
  const rules = RESTART_RULES[kind as RestartStrategy['kind']];
  return checkFields(`restart strategy ${kind}`, restart, { kind: kinds, ...rules });
}

/** One operator by itself: whoever gets operators without their graph looks at each. */
export function describeOperatorMistakes(operator: unknown, index: number): readonly string[] {
  if (!isFields(operator)) return [`operator number ${index + 1} must be an object, not ${show(operator)}`];
  const kind = ownField(operator, 'kind');
  const label = `operator ${show(ownField(operator, 'id'))}`;
  if (!isKind(kind)) return [`${label}: unknown kind ${show(kind)}`];
  return checkFields(`${label} (${kind})`, operator, {
    id,
    kind: oneOf(...KIND_NAMES),
    parallelism,
    ...KINDS[kind].fields,
  });
}

function checkEdge(edge: unknown, index: number): readonly string[] {
  if (!isFields(edge)) return [`edge number ${index + 1} must be an object, not ${show(edge)}`];
  return checkFields(`edge from ${show(ownField(edge, 'from'))} to ${show(ownField(edge, 'to'))}`, edge, EDGE_RULES);
}

function itemsOf(fields: Fields, field: string, max: number): Iterable<[number, unknown]> {
  const list = ownField(fields, field);
  return Array.isArray(list) && list.length <= max ? list.entries() : [];
}
