// The shape of a job graph, field by field: what a peer or an author hands in may be anything.
// What fields say about each other (edges, order, functions) is the affair of `validate.ts`.
import { isValue } from '../base/value.ts';
import type { OperatorKind } from './job-graph.ts';
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

type Fields = Readonly<Record<string, unknown>>;
type FieldRules = Readonly<Record<string, FieldRule>>;

const id: FieldRule = {
  expected: 'up to 64 letters, digits, dots, dashes and underscores that begin with a letter or digit',
  holds: (candidate) => typeof candidate === 'string' && ID_PATTERN.test(candidate),
};
const name: FieldRule = {
  expected: NAME_OF_FOLDER,
  holds: isNameOfFolder,
};
const parallelism = wholeNumber(1, MAX_PARALLELISM_LIMIT);

const OPERATOR_RULES: Readonly<Record<OperatorKind, FieldRules>> = {
  source: {
    topic: name,
    splits: wholeNumber(1, SPLITS_MAX),
    recordsPerSecond: {
      expected: `a number from 0 to ${RECORDS_PER_SECOND_MAX}`,
      holds: (candidate) => typeof candidate === 'number' && candidate >= 0 && candidate <= RECORDS_PER_SECOND_MAX,
    },
    outOfOrdernessMs: wholeNumber(0, Number.MAX_SAFE_INTEGER, ' of ms'),
  },
  map: {},
  'flat-map': {},
  filter: {},
  reduce: {},
  process: {},
  window: { sizeMs: wholeNumber(1, Number.MAX_SAFE_INTEGER, ' of ms') },
  sink: { sink: name, commitOn: oneOf('checkpoint-complete', 'barrier') },
};

const GRAPH_RULES: FieldRules = {
  format: oneOf('millrace-job-graph'),
  version: oneOf(1),
  name: id,
  maxParallelism: parallelism,
  operators: listOf('operators', OPERATORS_MAX),
  edges: listOf('edges', EDGES_MAX),
  parameters: {
    expected: 'data (null, booleans, numbers, strings, Uint8Arrays, arrays and plain objects of these)',
    holds: isValue,
  },
};

const EDGE_RULES: FieldRules = { from: id, to: id, partitioning: oneOf('forward', 'rebalance', 'hash') };

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
  return mistakes;
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

function wholeNumber(min: number, max: number, unit = ''): FieldRule {
  const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
  return {
    expected: `a whole number${unit}, ${range}`,
    holds: (candidate) =>
      Number.isSafeInteger(candidate) && (candidate as number) >= min && (candidate as number) <= max,
  };
}

function oneOf(...allowed: readonly unknown[]): FieldRule {
  return { expected: allowed.map(show).join(' or '), holds: (candidate) => allowed.includes(candidate) };
}

function listOf(what: string, max: number): FieldRule {
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
