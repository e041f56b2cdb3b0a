// From the text of a trace to its lines. A line that is not what it should be is refused with its place: a picture of half a trace would
// tell half a truth. A missing last line is none: it stands for a run that was cut off.
import { TRACE_FORMAT, TRACE_VERSION } from '../../src/core/protocol/trace-format.ts';
import type { TraceEnding, TraceHeader } from '../../src/core/protocol/trace-format.ts';
import type { Result } from '../../src/core/base/value.ts';
import type { LineKind, TraceLine } from './lines.ts';

export interface Trace {
  readonly header: TraceHeader;
  /** In order of time. */
  readonly lines: readonly TraceLine[];
  readonly ending: TraceEnding | null;
}

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

export function readTrace(text: string): Result<Trace> {
  const rows = text.split('\n');
  if (rows.at(-1) === '') rows.pop();
  const header = readHeader(rows[0] ?? '');
  if (!header.ok) return refuse(1, header.reason);
  const lines: TraceLine[] = [];
  let ending: TraceEnding | null = null;
  for (let row = 1; row < rows.length; row++) {
    if (ending !== null) return refuse(row + 1, 'nothing may follow the verdict');
    const fields = readFields(rows[row] as string);
    if (!fields.ok) return refuse(row + 1, fields.reason);
    const wrong = findWrong(fields.value);
    if (wrong !== null) return refuse(row + 1, wrong);
    if (fields.value['kind'] === 'verdict') ending = fields.value as unknown as TraceEnding;
    else lines.push(fields.value as unknown as TraceLine);
  }
  return { ok: true, value: { header: header.value, lines: inOrder(lines), ending } };
}

function refuse(row: number, reason: string): Result<never> {
  return { ok: false, reason: `line ${row}: ${reason}` };
}

function readHeader(row: string): Result<TraceHeader> {
  const fields = readFields(row);
  if (!fields.ok) return fields;
  const { format, version } = fields.value;
  if (format !== TRACE_FORMAT) return { ok: false, reason: 'this is not a trace: it does not begin with its format' };
  if (version !== TRACE_VERSION) {
    return {
      ok: false,
      reason: `this is version ${String(version)} of the format, and version ${TRACE_VERSION} is read`,
    };
  }
  const wrong = findWrongField(fields.value, headerFields);
  return wrong === null ? { ok: true, value: fields.value as unknown as TraceHeader } : { ok: false, reason: wrong };
}

function readFields(row: string): Result<Fields> {
  try {
    const value: unknown = JSON.parse(row);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { ok: true, value: value as Fields };
    return { ok: false, reason: 'it is no JSON object' };
  } catch (error) {
    return { ok: false, reason: `it is no JSON: ${(error as Error).message}` };
  }
}

// ---- What each line must have

const isText: Check = (value) => typeof value === 'string';
const isTime: Check = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isFlag: Check = (value) => typeof value === 'boolean';
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const isPairs: Check = (value) => Array.isArray(value) && value.every((pair) => isTexts(pair) && pair.length === 2);
const isTable: Check = (value) => isObject(value) && Object.values(value as object).every(isText);
const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

const isViolation: Check = (value) =>
  isObject(value) &&
  findWrongField(value as Fields, {
    oracle: isText,
    rule: isText,
    text: isText,
    about: listOf(isNamed),
    evidence: listOf(isEvidence),
    at: isTime,
  }) === null;

const isEvidence: Check = (value) =>
  isObject(value) && findWrongField(value as Fields, { text: isText, about: listOf(isNamed) }) === null;

const isNamed: Check = (value) =>
  isObject(value) && Object.values(value as object).every((field) => isText(field) || typeof field === 'number');

const isStory: Check = (value) =>
  isObject(value) &&
  findWrongField(value as Fields, { title: isText, shrunk: isFlag, lines: listOf(isStoryLine) }) === null;

const isStoryLine: Check = (value) =>
  isObject(value) && findWrongField(value as Fields, { at: orNull(isTime), text: isText, decided: isFlag }) === null;

function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

const headerFields: Readonly<Record<string, Check>> = {
  world: (value) => value === 'simulated' || value === 'real',
  scenario: isText,
  about: isText,
  seed: orNull(isCount),
  commit: isText,
};

const ofProcess = { at: isTime, node: isText, incarnation: isCount };

const fieldsByKind: Readonly<Record<LineKind | 'verdict', Readonly<Record<string, Check>>>> = {
  stepped: { ...ofProcess, event: isCount, input: isText, effects: isTexts, leavesAt: maybe(isTime) },
  started: ofProcess,
  stopped: { ...ofProcess, why: isText },
  paused: { ...ofProcess, until: isTime },
  applied: { ...ofProcess, id: isCount, request: isText, answer: isText },
  lost: { at: isTime, from: isText, message: isText, why: isText },
  'connection-broke': { at: isTime, from: isText, to: isText, streamClass: isText },
  partitioned: { at: isTime, from: isText, to: isText, until: isTime },
  'service-cut': { at: isTime, node: isText, service: isText, until: isTime },
  fault: {
    at: isTime,
    fault: isText,
    target: isText,
    text: isText,
    hit: isFlag,
    event: maybe(isCount),
    decision: maybe(isObject),
  },
  'faults-stopped': { at: isTime },
  verdict: {
    at: isTime,
    verdict: isText,
    sentence: isText,
    violations: listOf(isViolation),
    oracles: isTable,
    facts: isPairs,
    story: orNull(isStory),
    commands: isPairs,
  },
};

function findWrong(fields: Fields): string | null {
  const { kind } = fields;
  if (typeof kind !== 'string' || !Object.hasOwn(fieldsByKind, kind))
    return `its kind ${JSON.stringify(kind)} is unknown`;
  return findWrongField(fields, fieldsByKind[kind as LineKind]);
}

function findWrongField(fields: Fields, checks: Readonly<Record<string, Check>>): string | null {
  const wrong = Object.entries(checks).find(([name, check]) => !check(fields[name]));
  return wrong === undefined ? null : `its field ${wrong[0]} is ${describe(fields[wrong[0]])}`;
}

const SHOWN_CHARACTERS = 60;

function describe(value: unknown): string {
  return value === undefined ? 'missing' : `wrong: ${JSON.stringify(value).slice(0, SHOWN_CHARACTERS)}`;
}

/** Lines of several processes may have been put together file by file. What happened at the same time stays in its order. */
function inOrder(lines: TraceLine[]): readonly TraceLine[] {
  return lines.sort((one, other) => one.at - other.at);
}
