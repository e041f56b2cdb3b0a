// From the text of a trace to its lines. A line that is not what it should be is refused with its place: a picture of half a trace would
// tell half a truth. A missing last line is none: it stands for a run that was cut off.
import { losses } from '../core/base/losses.ts';
import { isObject } from '../core/base/state-kinds.ts';
import type { Result } from '../core/base/value.ts';
import { categories, TRACE_FORMAT, TRACE_VERSION } from './trace.ts';
import type { Trace, TraceEnding, TraceHeader, TraceLine } from './trace.ts';
import { LineReader } from './trace-lines.ts';

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;
type Checks = Readonly<Record<string, Check>>;

/** The trace, or one sentence that begins with the line that is wrong. */
export function readTrace(text: string): Result<Trace> {
  const rows = text.split('\n');
  if (rows.at(-1) === '') rows.pop();
  const header = readHeader(rows[0] ?? '');
  if (!header.ok) return refuse(1, header.reason);
  const reader = new LineReader();
  const lines: TraceLine[] = [];
  let ending: TraceEnding | null = null;
  for (let row = 1; row < rows.length; row++) {
    if (ending !== null) return refuse(row + 1, 'nothing may follow the verdict');
    const line = readRow(rows[row] as string, reader);
    if (!line.ok) return refuse(row + 1, line.reason);
    if (line.value.kind === 'verdict') ending = line.value;
    else lines.push(line.value);
  }
  return { ok: true, value: { header: header.value, lines: inOrder(lines), ending } };
}

/** A line between the first and the last, or a sentence. */
export function readTraceLine(row: string, reader: LineReader): Result<TraceLine> {
  const line = readRow(row, reader);
  if (!line.ok) return line;
  return line.value.kind === 'verdict' ? { ok: false, reason: 'it is a verdict' } : { ok: true, value: line.value };
}

function refuse(row: number, reason: string): Result<never> {
  return { ok: false, reason: `line ${row}: ${reason}` };
}

function readHeader(row: string): Result<TraceHeader> {
  const fields = readFields(row, new LineReader());
  if (!fields.ok) return fields;
  const { format, version } = fields.value;
  if (format !== TRACE_FORMAT) return { ok: false, reason: 'this is not a trace: it does not begin with its format' };
  if (version !== TRACE_VERSION) {
    const reason = `this is version ${String(version)} of the format, and version ${TRACE_VERSION} is read: make the trace again`;
    return { ok: false, reason };
  }
  const wrong = findWrongField(fields.value, headerFields);
  return wrong === null ? { ok: true, value: fields.value as unknown as TraceHeader } : { ok: false, reason: wrong };
}

function readRow(row: string, reader: LineReader): Result<TraceLine | TraceEnding> {
  const fields = readFields(row, reader);
  if (!fields.ok) return fields;
  const wrong = findWrong(fields.value);
  return wrong === null
    ? { ok: true, value: fields.value as unknown as TraceLine | TraceEnding }
    : { ok: false, reason: wrong };
}

function readFields(row: string, reader: LineReader): Result<Fields> {
  try {
    const value = reader.read(row);
    return isTable(value) ? { ok: true, value: value as Fields } : { ok: false, reason: 'it is no JSON object' };
  } catch (error) {
    return { ok: false, reason: `it is no JSON: ${(error as Error).message}` };
  }
}

// ---- What each line must have

const isText: Check = (value) => typeof value === 'string';
const isTime: Check = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isFlag: Check = (value) => typeof value === 'boolean';
const isTable: Check = (value) => isObject(value) && Object.getPrototypeOf(value) === Object.prototype;
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const isPairs: Check = (value) => Array.isArray(value) && value.every((pair) => isTexts(pair) && pair.length === 2);
const oneOf =
  (...words: readonly unknown[]): Check =>
  (value) =>
    words.includes(value);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const tableOf =
  (check: Check): Check =>
  (value) =>
    isTable(value) && Object.values(value as object).every(check);
const fieldsOf =
  (checks: Checks): Check =>
  (value) =>
    isTable(value) && findWrongField(value as Fields, checks) === null;

/** One of several forms, told apart by a field. */
const formOf =
  (field: string, forms: Readonly<Record<string, Checks>>): Check =>
  (value) => {
    const name = isTable(value) ? (value as Fields)[field] : undefined;
    return typeof name === 'string' && Object.hasOwn(forms, name) && fieldsOf(forms[name] as Checks)(value);
  };

const isKinded = fieldsOf({ kind: isText });
const isEnvelope = fieldsOf({
  effect: oneOf('send'),
  streamClass: oneOf('control', 'data'),
  from: isText,
  to: isText,
  kind: isText,
});

const clocked = {
  now: (value: unknown) => typeof value === 'number',
  wallTime: (value: unknown) => typeof value === 'number',
};
const isInput = formOf('kind', {
  start: { ...clocked, incarnation: isCount },
  message: { ...clocked, message: isEnvelope },
  wake: clocked,
  work: clocked,
  completed: { ...clocked, request: isCount, answer: isKinded },
  'connection-lost': { ...clocked, peer: isText, streamClass: oneOf('control', 'data') },
});

const isEffect: Check = (value) =>
  isEnvelope(value) ||
  formOf('effect', {
    request: { id: isCount, request: isKinded },
    note: { note: isKinded },
    halt: { reason: (reason) => isText(reason) || isKinded(reason) },
  })(value);

const headerFields: Checks = {
  world: oneOf('simulated', 'real'),
  scenario: isText,
  about: isText,
  seed: orNull(isCount),
  commit: isText,
  guest: fieldsOf({
    kind: oneOf('job', 'machines'),
    roles: tableOf(isText),
    services: tableOf(isText),
    messages: tableOf(oneOf(...categories)),
    requests: tableOf(oneOf(...categories)),
  }),
};

const isNamed = tableOf((value) => isText(value) || typeof value === 'number');
const evidence: Checks = { text: isText, about: listOf(isNamed) };
const violation: Checks = {
  oracle: isText,
  rule: isText,
  text: isText,
  about: listOf(isNamed),
  evidence: listOf(fieldsOf(evidence)),
  at: isTime,
};
const isDecision = fieldsOf({ stream: isText, index: isCount });
const storyLine: Checks = {
  at: orNull(isTime),
  text: isText,
  decided: isFlag,
  about: orNull((value) => value === 'failure' || isDecision(value)),
};
const story: Checks = { title: isText, shrunk: isFlag, lines: listOf(fieldsOf(storyLine)) };

const seen = { at: isTime, event: isCount };
const ofProcess = { ...seen, node: isText, incarnation: isCount };

const fieldsByKind: Readonly<Record<TraceLine['kind'] | 'verdict', Checks>> = {
  stepped: { ...ofProcess, input: isInput, effects: listOf(isEffect), leavesAt: isTime },
  applied: { ...ofProcess, id: isCount, request: isKinded, answer: isKinded },
  started: ofProcess,
  stopped: { ...ofProcess, why: oneOf('crash', 'halt', 'stop', 'threw') },
  lost: { ...seen, message: isEnvelope, why: oneOf(...losses) },
  paused: { ...ofProcess, until: isTime },
  partitioned: { ...seen, from: isText, to: isText, until: isTime },
  'service-cut': { ...seen, node: isText, service: isText, until: isTime },
  'service-troubled': { ...seen, nodes: listOf(isText), service: isText, how: oneOf('fails', 'slow'), until: isTime },
  'connection-broke': { ...seen, from: isText, to: isText, streamClass: oneOf('control', 'data') },
  fault: {
    ...seen,
    fault: isText,
    target: isText,
    text: isText,
    hit: isFlag,
    decision: orNull(isDecision),
  },
  torn: { ...seen, node: isText, service: isText, lost: isText },
  'faults-stopped': seen,
  verdict: {
    at: isTime,
    verdict: isText,
    sentence: isText,
    violations: listOf(fieldsOf(violation)),
    oracles: tableOf(isText),
    facts: isPairs,
    story: orNull(fieldsOf(story)),
    commands: isPairs,
  },
};

function findWrong(fields: Fields): string | null {
  const { kind } = fields;
  if (typeof kind !== 'string' || !Object.hasOwn(fieldsByKind, kind))
    return `its kind ${JSON.stringify(kind)} is unknown`;
  return findWrongField(fields, fieldsByKind[kind as TraceLine['kind']]);
}

function findWrongField(fields: Fields, checks: Checks): string | null {
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
