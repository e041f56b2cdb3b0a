// The shape of a job graph, field by field: what a peer or an author hands in may be anything.
// What fields say about each other (edges, order, functions) is the affair of `validate.ts`.
import { isValue, type Value } from '../base/value.ts';
import { isKeyField, KEY_FIELD_EXPECTED } from './key-field.ts';
import type { Edge, JobGraph, Operator, OperatorKind, RestartStrategy } from './job-graph.ts';
import { isConnectorUrl } from './connector-url.ts';
import { MAX_PARALLELISM_LIMIT } from './key-groups.ts';

/** Limits of fields, far above any real job; `validate.ts` limits what they come to together. */
const OPERATORS_MAX = 1_000;
const EDGES_MAX = 10_000;
const SPLITS_MAX = 65_536;
const RECORDS_PER_SECOND_MAX = 1_000_000_000;
/** Ids are parts of names of files and transactions. */
const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** As Apache Kafka has it for topics, but for a dot in front: names of topics and sinks are names of folders elsewhere. */
const NAME_PATTERN = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,248}$/;

/** What the name of a topic or a sink is. */
export const NAME_OF_FOLDER = 'up to 249 letters, digits, dots, dashes and underscores that begin with no dot or dash';

export function isNameOfFolder(candidate: unknown): boolean {
  return typeof candidate === 'string' && NAME_PATTERN.test(candidate);
}

const SHOWN_LENGTH_MAX = 80;

interface FieldRule {
  readonly expected: string;
  readonly holds: (candidate: unknown) => boolean;
}

/** The rule of a field with values of `T`. */
interface RuleOf<T> extends FieldRule {
  /** Never there: it lets the compiler compare a rule with the type of its field. */
  readonly of?: (value: T) => T;
}

type Fields = Readonly<Record<string, unknown>>;
type FieldRules = Readonly<Record<string, FieldRule>>;
/** A rule for each field of `T`, of its type: with one too many, or one too few, it does not compile. */
type RulesOf<T> = { readonly [F in keyof T]-?: RuleOf<T[F]> };
type OperatorOf<K, O = Operator> = O extends { readonly kind: infer Kinds } ? (K extends Kinds ? O : never) : never;
type StrategyOf<K> = Extract<RestartStrategy, { readonly kind: K }>;
type OwnRulesOf<K> = RulesOf<Omit<OperatorOf<K>, 'id' | 'kind' | 'parallelism'>>;

const id: RuleOf<string> = {
  expected: 'up to 64 letters, digits, dots, dashes and underscores that begin with a letter or digit',
  holds: (candidate) => typeof candidate === 'string' && ID_PATTERN.test(candidate),
};
/** A topic or a sink. */
const place: RuleOf<string> = {
  expected: `${NAME_OF_FOLDER}, or the URL of a connector, such as csv:data/rows.csv`,
  holds: (candidate) => isNameOfFolder(candidate) || isConnectorUrl(candidate),
};
const parallelism = wholeNumber(1, MAX_PARALLELISM_LIMIT);
const keyField: RuleOf<string | undefined> = {
  expected: `absent, or ${KEY_FIELD_EXPECTED}`,
  holds: (candidate) => candidate === undefined || isKeyField(candidate),
};

const OPERATOR_RULES: { readonly [K in OperatorKind]: OwnRulesOf<K> } = {
  source: {
    topic: place,
    splits: wholeNumber(1, SPLITS_MAX),
    recordsPerSecond: numberFrom(0, RECORDS_PER_SECOND_MAX),
    outOfOrdernessMs: wholeNumber(0, Number.MAX_SAFE_INTEGER, ' of ms'),
  },
  map: {},
  'flat-map': {},
  filter: {},
  reduce: { keyField },
  process: { keyField },
  window: { sizeMs: wholeNumber(1, Number.MAX_SAFE_INTEGER, ' of ms'), keyField },
  sink: { sink: place, commitOn: oneOf('checkpoint-complete', 'barrier') },
};

const GRAPH_RULES: RulesOf<JobGraph> = {
  format: oneOf('millrace-job-graph'),
  version: oneOf(3, 4),
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
  const operators = Object.entries(OPERATOR_RULES).map(([kind, rules]) => [
    kind,
    textsOf({ id, parallelism, ...rules }),
  ]);
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
  const rules =
    typeof kind === 'string' && Object.hasOwn(OPERATOR_RULES, kind) ? OPERATOR_RULES[kind as OperatorKind] : null;
  const label = `operator ${show(ownField(operator, 'id'))}`;
  if (rules === null) return [`${label}: unknown kind ${show(kind)}`];
  return checkFields(`${label} (${String(kind)})`, operator, {
    id,
    kind: oneOf(...Object.keys(OPERATOR_RULES)),
    parallelism,
    ...rules,
  });
}

function checkEdge(edge: unknown, index: number): readonly string[] {
  if (!isFields(edge)) return [`edge number ${index + 1} must be an object, not ${show(edge)}`];
  return checkFields(`edge from ${show(ownField(edge, 'from'))} to ${show(ownField(edge, 'to'))}`, edge, EDGE_RULES);
}

function checkFields(label: string, fields: Fields, rules: FieldRules): string[] {
  const mistakes = Object.keys(rules).flatMap((field) => checkField(label, fields, field, rules));
  const unknown = Object.keys(fields).find((field) => !Object.hasOwn(rules, field));
  if (unknown !== undefined) mistakes.push(`${label}: unknown field ${show(unknown)}`);
  return mistakes;
}

function checkField(label: string, fields: Fields, field: string, rules: FieldRules): string[] {
  const rule = rules[field];
  const found = ownField(fields, field);
  if (rule === undefined || rule.holds(found)) return [];
  return [`${label}: ${field} must be ${rule.expected}, not ${show(found)}`];
}

function isFields(candidate: unknown): candidate is Fields {
  return typeof candidate === 'object' && candidate !== null && !Array.isArray(candidate);
}

function ownField(fields: Fields, field: string): unknown {
  return Object.hasOwn(fields, field) ? fields[field] : undefined;
}

function itemsOf(fields: Fields, field: string, max: number): Iterable<[number, unknown]> {
  const list = ownField(fields, field);
  return Array.isArray(list) && list.length <= max ? list.entries() : [];
}

function wholeNumber(min: number, max: number, unit = ''): RuleOf<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
  return {
    expected: `a whole number${unit}, ${range}`,
    holds: (candidate) =>
      Number.isSafeInteger(candidate) && (candidate as number) >= min && (candidate as number) <= max,
  };
}

function numberFrom(min: number, max: number): RuleOf<number> {
  return {
    expected: `a number from ${min} to ${max}`,
    holds: (candidate) => typeof candidate === 'number' && candidate >= min && candidate <= max,
  };
}

function oneOf<const W extends string | number>(...allowed: readonly W[]): RuleOf<W> {
  return {
    expected: allowed.map(show).join(' or '),
    holds: (candidate) => (allowed as readonly unknown[]).includes(candidate),
  };
}

function listOf<T>(what: string, max: number): RuleOf<readonly T[]> {
  return {
    expected: `a list of at most ${max} ${what}`,
    holds: (candidate) => Array.isArray(candidate) && candidate.length <= max,
  };
}

/** What was found, short enough for a sentence. */
function show(found: unknown): string {
  switch (typeof found) {
    case 'string':
      return JSON.stringify(found.length > SHOWN_LENGTH_MAX ? `${found.slice(0, SHOWN_LENGTH_MAX)}…` : found);
    case 'object':
      return found === null ? 'null' : Array.isArray(found) ? 'a list' : 'an object';
    case 'number':
    case 'boolean':
      return String(found);
    case 'undefined':
      return 'nothing';
    default:
      return `a ${typeof found}`;
  }
}
